"""HTTP/1.1 messages as they pass through the proxy: read whole, forwarded byte by byte."""

import asyncio
import re
import zlib
from dataclasses import dataclass

_EXPECT = re.compile(rb"\r\nexpect:[^\r]*", re.IGNORECASE)


@dataclass(frozen=True)
class Message:
    """A request or an answer. `raw` is all of it."""

    start: list[str]
    headers: dict[str, str]
    raw: bytes

    @property
    def operation(self) -> str:
        """Of a request: DynamoDB's name for what it asks, elsewhere the method."""
        return self.headers.get("x-amz-target", self.start[0]).rpartition(".")[2]

    @property
    def path(self) -> str:
        """Of a request, with its query."""
        return self.start[1]

    @property
    def closes(self) -> bool:
        """Whether its sender closes the connection after it."""
        wish = self.headers.get("connection", "").lower()
        return wish == "close" or ("HTTP/1.0" in self.start and wish != "keep-alive")

    @property
    def body(self) -> bytes:
        """As it was sent, chunks and all."""
        return self.raw.partition(b"\r\n\r\n")[2]

    def padded(self, blanks: int) -> "Message":
        """An answer with blanks at its end, which mean nothing to JSON and XML; without a body it stays as it is."""
        if not self.body or "transfer-encoding" in self.headers:
            return self
        body = self.body + b" " * blanks
        new = {"content-length": str(len(body))}
        if "x-amz-crc32" in self.headers:
            new["x-amz-crc32"] = str(zlib.crc32(body))
        headers = {**self.headers, **new}
        head = "\r\n".join([" ".join(self.start), *(f"{name}: {value}" for name, value in headers.items()), "", ""])
        return Message(self.start, headers, head.encode("latin-1") + body)


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message | None:
    """None where the client has closed instead. Whether to send the body is answered here: botocore asks, and waits a
    second for the answer, which would come after the body if it were left to the upstream."""
    try:
        head, start, headers = await _read_head(reader)
        if "expect" in headers:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = _EXPECT.sub(b"", head)
        return Message(start, headers, head + await _read_body(reader, headers))
    except asyncio.IncompleteReadError:
        return None


async def read_answer(reader: asyncio.StreamReader, request: Message) -> Message:
    """Raises ConnectionResetError where the upstream closes before it has answered whole."""
    try:
        head, start, headers = await _read_head(reader)
        if request.operation == "HEAD" or start[1] in ("204", "304"):
            body = b""
        elif "content-length" in headers or "transfer-encoding" in headers:
            body = await _read_body(reader, headers)
        else:
            body = await reader.read()
        return Message(start, headers, head + body)
    except asyncio.IncompleteReadError:
        raise ConnectionResetError("The upstream closed without an answer.") from None


async def _read_head(reader: asyncio.StreamReader) -> tuple[bytes, list[str], dict[str, str]]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return head, first.split(" ", 2), {name.lower(): value.strip() for name, _, value in pairs}


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        body += size
        if int(size.partition(b";")[0], 16) == 0:
            break
        body += await reader.readexactly(int(size.partition(b";")[0], 16) + 2)
    while (trailer := await reader.readuntil(b"\r\n")) != b"\r\n":
        body += trailer
    return body + b"\r\n"
