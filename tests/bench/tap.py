"""Between a contender and DynamoDB Local: asks for the consumed capacity of each call, and counts it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_READS = {"GetItem", "Query"}
_NOT_PASSED_ON = {"host", "content-length", "accept-encoding", "connection", "transfer-encoding", "server", "date"}


class Tap:
    def __init__(self, url: str) -> None:
        self.url = url
        self._calls: list[tuple[str, float]] = []

    def count(self, operation: str, answer: dict[str, Any]) -> None:
        consumed = answer.get("ConsumedCapacity", [])
        tables = consumed if isinstance(consumed, list) else [consumed]
        self._calls.append((operation, sum(table["CapacityUnits"] for table in tables)))

    def take(self) -> dict[str, float]:
        """The calls and the units of reading and writing since the last time."""
        calls, self._calls = self._calls, []
        return {
            "calls": len(calls),
            "read": sum(units for operation, units in calls if operation in _READS),
            "write": sum(units for operation, units in calls if operation not in _READS),
        }


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """A tap before the DynamoDB on `port`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            self.upstream = HTTPConnection("127.0.0.1", port, timeout=30)

        def finish(self) -> None:
            super().finish()
            self.upstream.close()

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request["ReturnConsumedCapacity"] = "TOTAL"
            self.upstream.request("POST", "/", json.dumps(request).encode(), _passed_on(self.headers))
            response = self.upstream.getresponse()
            body = response.read()
            tap.count(self.headers["X-Amz-Target"].rpartition(".")[2], json.loads(body))
            self.send_response(response.status)
            for name, value in {**_passed_on(response.headers), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Not to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        tap = Tap(f"http://127.0.0.1:{listener.server_port}")
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield tap
        finally:
            listener.shutdown()


def _passed_on(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED_ON}
