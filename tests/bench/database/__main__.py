"""A fast stand-in for DynamoDB: its JSON protocol for what the bench needs, in memory, after a fixed time.

`python -m tests.bench.database --port 9000 --milliseconds 3`. Beside DynamoDB Local, which takes about 4 ms of the same
two cores for a call and so hides the service that is to be measured. The units that it tells are rough: exact ones are
taken from DynamoDB Local.
"""

import argparse
import asyncio
import re
import zlib
from collections.abc import Callable
from typing import Any

import orjson

from tests.bench.database.expressions import Unsupported, condition
from tests.bench.database.tables import Check, ConditionFailed, Table

# What no contender calls: the bench fills the tables by it.
_OF_THE_BENCH = {"CreateTable", "BatchWriteItem"}
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_TARGET = re.compile(rb"(?i)\r\nx-amz-target: *DynamoDB_\d+\.(\w+)")


class Database:
    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body."""
        try:
            return 200, getattr(self, f"_{operation}", self._unknown)(request)
        except ConditionFailed:
            return 400, _error("ConditionalCheckFailedException", "The conditional request failed")
        except (Unsupported, KeyError, ValueError) as exc:
            return 400, _error("ValidationException", f"{operation}: {exc!r}")

    def _unknown(self, request: dict[str, Any]) -> bytes:
        raise Unsupported("no such operation here")

    def _CreateTable(self, request: dict[str, Any]) -> bytes:  # noqa: N802 - DynamoDB's name
        indexes = [*request.get("LocalSecondaryIndexes", []), *request.get("GlobalSecondaryIndexes", [])]
        self._tables[request["TableName"]] = Table(
            _keys(request["KeySchema"]), {index["IndexName"]: _keys(index["KeySchema"]) for index in indexes}
        )
        return b"{}"

    def _BatchWriteItem(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        for name, writes in request["RequestItems"].items():
            for write in writes:
                self._tables[name].put(write["PutRequest"]["Item"])
        return b'{"UnprocessedItems":{}}'

    def _GetItem(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        rendered = self._tables[request["TableName"]].get(request["Key"])
        units = 1 if request.get("ConsistentRead") else 0.5
        return _object(request, units, b'"Item":' + rendered if rendered else b"")

    def _PutItem(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        self._tables[request["TableName"]].put(request["Item"], _check(request))
        return _object(request, 2)

    def _UpdateItem(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        rendered = self._tables[request["TableName"]].update(
            request["Key"],
            request["UpdateExpression"],
            _check(request),
            request.get("ExpressionAttributeNames", {}),
            request.get("ExpressionAttributeValues", {}),
        )
        return _object(request, 2, b'"Attributes":' + rendered if request.get("ReturnValues") == "ALL_NEW" else b"")

    def _DeleteItem(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        self._tables[request["TableName"]].delete(request["Key"])
        return _object(request, 2)

    def _Query(self, request: dict[str, Any]) -> bytes:  # noqa: N802
        page = self._tables[request["TableName"]].query(request.get("IndexName", ""), request)
        parts = [
            b'"Count":%d,"ScannedCount":%d' % (len(page.rendered), page.scanned),
            b'"Items":[' + b",".join(page.rendered) + b"]",
        ]
        if page.last_key:
            parts.append(b'"LastEvaluatedKey":' + orjson.dumps(page.last_key))
        return _object(request, page.read_units(consistent=request.get("ConsistentRead", False)), *parts)


def _keys(schema: list[dict[str, str]]) -> list[str]:
    return [key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"])]


def _check(request: dict[str, Any]) -> Check | None:
    if "ConditionExpression" not in request:
        return None
    return Check(
        condition(request["ConditionExpression"]),
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )


def _object(request: dict[str, Any], units: float, *parts: bytes) -> bytes:
    members = [part for part in parts if part]
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        consumed = {"TableName": request["TableName"], "CapacityUnits": units}
        members.append(b'"ConsumedCapacity":' + orjson.dumps(consumed))
    return b"{" + b",".join(members) + b"}"


def _error(name: str, message: str) -> bytes:
    return orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": message})


class Connection(asyncio.Protocol):
    """HTTP/1.1, one request after the other, each answered after `seconds`."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[: end + 2]
        length = _LENGTH.search(head)
        body_end = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < body_end:
            return
        body, self._received = self._received[end + 4 : body_end], self._received[body_end:]
        target = _TARGET.search(head)
        if target is None:
            self._send(200, b"{}", at_once=True)  # somebody asks whether it is up
        else:
            operation = target[1].decode()
            status, answer = self._database.answer(operation, orjson.loads(body))
            self._send(status, answer, at_once=operation in _OF_THE_BENCH)

    def _send(self, status: int, body: bytes, *, at_once: bool = False) -> None:
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Bad Request'}\r\n"
            "Server: stand-in\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: keep-alive\r\n"
            "x-amzn-RequestId: 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEF\r\n"
            f"x-amz-crc32: {zlib.crc32(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        write: Callable[[bytes], None] = self._transport.write
        if at_once or not self._seconds:
            write(head + body)
        else:
            asyncio.get_running_loop().call_later(self._seconds, write, head + body)


async def _serve(port: int, seconds: float) -> None:
    database = Database()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(database, seconds), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--milliseconds", type=float, default=3)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, arguments.milliseconds / 1000))


if __name__ == "__main__":
    main()
