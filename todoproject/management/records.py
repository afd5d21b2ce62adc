"""The format of an export. Everything of one user is one file of JSON Lines; the contents of files lie beside it.

    export.json                          written last: what the export holds in all
    users/<2 characters>/<userID>.jsonl  the user, then by id each todo with its files, then the end
    files/<userID>/<todoID>/<fileID>     what a file holds

Same data, same bytes, whatever the order in which users were exported. No path is ever taken out of a file: each is
made of ids that were checked. A line is read only as far as the longest one can be.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, NamedTuple

from files.maintenance import copies as file_copies
from todoproject.aws.dynamodb import Item
from todoproject.aws.folders import Folder
from todoproject.maintenance.faults import is_user_id
from todos.maintenance import copies as todo_copies
from todos.maintenance.walks import is_erase_request

FORMAT = 1
# A todo at its largest: 33,266 characters, each written as two escapes of six characters, and what is around them.
MAX_LINE = 512 * 1024
PIECE = 1024**2


class Bad(Exception):
    """What is wrong in a file of an export, and in which line of it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class Line(NamedTuple):
    """A todo or a request to erase, or a file with the hash of its content."""

    number: int
    item: Item
    sha256: str | None = None

    @property
    def is_request(self) -> bool:
        return "todoID" in self.item and is_erase_request(self.item)


@dataclass
class Totals:
    """`digest` is the sum of the SHA-256 of all users' files: the same in whatever order they are added."""

    users: int = 0
    todos: int = 0
    files: int = 0
    digest: int = 0

    def add(self, other: "Totals") -> None:
        self.users += other.users
        self.todos += other.todos
        self.files += other.files
        self.digest = (self.digest + other.digest) % 2**256

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "users": self.users,
            "todos": self.todos,
            "files": self.files,
            "digest": f"{self.digest:064x}",
        }


def user_path(user_id: str) -> str:
    return f"users/{user_id[:2]}/{user_id}.jsonl"


def content_path(item: Item) -> str:
    return "files/" + "/".join(item[name]["S"] for name in ("userID", "todoID", "fileID"))


def write_lines(user_id: str, records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The lines of a user's file: `records` between the user and the end."""
    digest, counts = hashlib.sha256(), Counter[str]()
    for record in chain([{"record": "user", "format": FORMAT, "userID": user_id}], records):
        counts[record["record"]] += 1
        line = _line(record)
        digest.update(line)
        yield line
    yield _line({"record": "end", "todos": counts["todo"], "files": counts["file"], "sha256": digest.hexdigest()})


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def todo_record(item: Item) -> dict[str, Any]:
    kind = "request" if is_erase_request(item) else "todo"
    return {"record": kind, **todo_copies.record_of(item)}


def file_record(item: Item, sha256: str) -> dict[str, Any]:
    return {"record": "file", **file_copies.record_of(item), "sha256": sha256}


class UserFile:
    """A user's file, read and checked line by line; `totals` are known once `lines` has come to the end."""

    def __init__(self, folder: Folder, path: str) -> None:
        self.path = path
        self.user_id = path.rpartition("/")[2].removesuffix(".jsonl")
        self.totals = Totals()
        self._folder = folder

    def lines(self) -> Iterator[Line]:
        """Raises Bad, or OSError."""
        if not is_user_id(self.user_id) or self.path != user_path(self.user_id):
            raise Bad(0, "the file's name is none that an export gives")
        with self._folder.open(self.path) as stream:
            yield from self._lines(stream)

    def _lines(self, stream: IO[bytes]) -> Iterator[Line]:
        digest, counts, order = hashlib.sha256(), Counter[str](), _Order()
        for number, line in enumerate(_raw_lines(stream), 1):
            kind, record = _parse(number, line)
            if (number == 1) != (kind == "user"):
                raise Bad(number, "the first line, and only that, must be the user's")
            if kind == "end":
                self._end(number, record, counts, digest.hexdigest())
                if stream.read(1):
                    raise Bad(number + 1, "something comes after the end")
                return
            digest.update(line)
            counts[kind] += 1
            if kind == "user":
                if record != {"format": FORMAT, "userID": self.user_id}:
                    raise Bad(number, f"must say format {FORMAT} and the user id in the file's name, {self.user_id}")
                continue
            try:
                yield order.next(number, kind, self.user_id, record)
            except ValueError as exc:
                raise Bad(number, str(exc)) from None
        raise Bad(sum(counts.values()) + 1, "the file is cut off: its end is missing")

    def _end(self, number: int, record: dict[str, Any], counts: Counter[str], sha256: str) -> None:
        if record != {"todos": counts["todo"], "files": counts["file"], "sha256": sha256}:
            raise Bad(number, "the counts or the hash of the end do not fit the lines above")
        self.totals = Totals(1, counts["todo"], counts["file"], int(sha256, 16))


class _Order:
    """Ids must rise, as an export writes them: so no two lines can be for the same thing."""

    def __init__(self) -> None:
        self._todo_id = self._file_id = ""

    def next(self, number: int, kind: str, user_id: str, record: dict[str, Any]) -> Line:
        """Raises ValueError."""
        if kind == "file":
            if not self._todo_id:
                raise ValueError("a file must come after its todo")
            sha256 = record.pop("sha256", None)
            if not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
                raise ValueError("sha256 is no hash")
            item = file_copies.item_of(user_id, self._todo_id, record)
            self._file_id = self._rise("fileID", self._file_id, item["fileID"]["S"])
            return Line(number, item, sha256)
        item = todo_copies.item_of(user_id, record)
        if is_erase_request(item) != (kind == "request"):
            raise ValueError(f"this is no {kind}")
        if kind == "todo":
            self._todo_id, self._file_id = self._rise("todoID", self._todo_id, item["todoID"]["S"]), ""
        elif number != 2:
            raise ValueError("a request to erase must come first")
        return Line(number, item)

    @staticmethod
    def _rise(name: str, before: str, now: str) -> str:
        if now <= before:
            raise ValueError(f"{name} {now} comes twice or out of order")
        return now


def _raw_lines(stream: IO[bytes]) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise Bad(number, f"longer than {MAX_LINE} bytes")
        if not line.endswith(b"\n"):
            raise Bad(number, "cut off: the line does not end")
        yield line


def _parse(number: int, line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        record = json.loads(line.decode(), object_pairs_hook=_with_unique_keys)
        # Escapes may spell half of a character, which no text in DynamoDB can hold.
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeError:
        raise Bad(number, "not UTF-8") from None
    except RecursionError:
        raise Bad(number, "nested too deeply") from None
    except ValueError as exc:
        raise Bad(number, f"not JSON with each key once: {exc}") from None
    kind = record.pop("record", None) if isinstance(record, dict) else None
    if kind not in ("user", "request", "todo", "file", "end"):
        raise Bad(number, "not a line of an export")
    return kind, record


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key comes twice")
    return record
