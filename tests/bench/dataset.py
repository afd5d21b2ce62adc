"""What the tables hold before anything is measured: todos of 400 bytes, as in a list of 50 with 20 kB."""

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from tests.bench.database.expressions import Item
from tests.bench.load import Connection

SIZES = (50, 1_000, 10_000, 100_000)
FILES = 10
TABLES = {
    "TODOS_TABLE": "todos",
    "FILES_TABLE": "files",
    "ARTICLE_TODOS_TABLE": "article-todos",
    "ARTICLE_FILES_TABLE": "article-files",
}
_NAMESPACE = uuid.UUID("6f0a4a0e-93d5-4c1c-8f0e-0d1c3a5b7e91")
_WORDS = ("Water", "Renew", "Call", "Repair", "Order", "Return", "Translate", "Weigh")
# One in a hundred.
SEARCHED = "passport"


class Database:
    """A DynamoDB of this machine, by hand: botocore takes ten times as long to write 100,000 todos."""

    def __init__(self, port: int) -> None:
        self._connection = Connection(port)

    def call(self, operation: str, **request: Any) -> Any:
        body = orjson.dumps(request)
        head = (
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Length: {len(body)}\r\n"
            # DynamoDB Local wants to read whose it is and checks no more.
            "Authorization: AWS4-HMAC-SHA256 Credential=LocalStandIn/20260101/eu-west-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n\r\n"
        )
        status, answer = self._connection.ask(head.encode() + body)
        if status != 200:
            raise RuntimeError(f"{operation}: {status} {answer.decode()}")
        return orjson.loads(answer)

    def close(self) -> None:
        self._connection.close()


def owner(size: int) -> str:
    """Whose list has this length."""
    return str(uuid.uuid5(_NAMESPACE, f"owner of {size}"))


def todo_id(user_id: str, number: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{user_id} {number}"))


def todos(user_id: str, size: int) -> Iterator[Item]:
    """Open todos as the service writes them, each due on a day, every day with several."""
    for number in range(size):
        title = f"{_WORDS[number % len(_WORDS)]} the {'passport' if number % 100 == 7 else 'fig tree'}, number {number}"
        created = f"2026-11-{number % 28 + 1:02d}T08:{number // 28 % 60:02d}:00.{number:06d}Z"
        due = (date(2026, 12, 1) + timedelta(days=number % 90)).isoformat()
        yield {
            "userID": {"S": user_id},
            "todoID": {"S": todo_id(user_id, number)},
            "title": {"S": title},
            "titleFolded": {"S": title.casefold()},
            "description": {"S": "Half a litre."},
            "dateDue": {"S": due},
            "completed": {"BOOL": False},
            "dateCreated": {"S": created},
            "dateUpdated": {"S": created},
            "version": {"N": "1"},
            "listOrder": {"S": f"0#{due}#{_inverted(created)}"},
            "createHash": {"S": uuid.uuid5(_NAMESPACE, created).hex * 2},
        }


def files(user_id: str, of_todo: str) -> Iterator[Item]:
    for number in range(FILES):
        file_id = f"01920000-0000-7000-8000-{number:012d}"
        yield {
            "userID": {"S": user_id},
            "fileKey": {"S": f"{of_todo}#{file_id}"},
            "todoID": {"S": of_todo},
            "fileID": {"S": file_id},
            "fileName": {"S": f"fig tree {number}.jpg"},
            "size": {"N": str(48_000 + number)},
            "contentType": {"S": "image/jpeg"},
            "dateCreated": {"S": f"2026-11-01T08:00:{number:02d}.000000Z"},
            "status": {"S": "stored"},
            "writeID": {"S": uuid.UUID(int=number).hex},
        }


def _inverted(created: str) -> str:
    """Later times first, as in `listOrder`."""
    microseconds = round(datetime.fromisoformat(created).timestamp() * 1_000_000)
    return f"{10**16 - microseconds:016d}"


def fill(port: int, sizes: Iterable[int]) -> None:
    """Make the tables of all contenders in the database on `port`, with a list of each of these sizes.

    Ours have the keys and indexes of todos/models.py and files/models.py.
    """
    with contextlib.closing(Database(port)) as database:
        _create(
            database,
            TABLES["TODOS_TABLE"],
            ["userID", "todoID"],
            LocalSecondaryIndexes={"byList": ["userID", "listOrder"]},
            GlobalSecondaryIndexes={"byPurgeDay": ["purgeDay"]},
        )
        _create(database, TABLES["FILES_TABLE"], ["userID", "fileKey"])
        _create(database, TABLES["ARTICLE_TODOS_TABLE"], ["todoID"], GlobalSecondaryIndexes={"userIDIndex": ["userID"]})
        _create(database, TABLES["ARTICLE_FILES_TABLE"], ["fileID"], GlobalSecondaryIndexes={"todoIDIndex": ["todoID"]})
        for size in sizes:
            _write(database, TABLES["TODOS_TABLE"], todos(owner(size), size))
            _write(database, TABLES["ARTICLE_TODOS_TABLE"], (_article_todo(item) for item in todos(owner(size), size)))
        for table in ("FILES_TABLE", "ARTICLE_FILES_TABLE"):
            _write(database, TABLES[table], files(owner(50), todo_id(owner(50), 0)))


def _article_todo(item: Item) -> Item:
    internal = ("titleFolded", "listOrder", "createHash")
    return {name: value for name, value in item.items() if name not in internal}


def _create(database: Database, table: str, keys: list[str], **indexes: Mapping[str, list[str]]) -> None:
    described = {
        kind: [
            {"IndexName": name, "KeySchema": _schema(index_keys), "Projection": {"ProjectionType": "ALL"}}
            for name, index_keys in given.items()
        ]
        for kind, given in indexes.items()
    }
    names = {*keys, *(key for given in indexes.values() for index_keys in given.values() for key in index_keys)}
    database.call(
        "CreateTable",
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_schema(keys),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
        **described,
    )


def _schema(keys: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


def _write(database: Database, table: str, items: Iterator[Item]) -> None:
    while batch := list(islice(items, 25)):
        database.call("BatchWriteItem", RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]})
