"""What is not an export, or not whole, or hostile, is refused before the first write, with its line and the reason."""

import hashlib
import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.clients import User
from tests.maintenance.commands import call
from tests.maintenance.test_export_import import bring_back, export, wipe
from tests.uploads import new_todo, objects_of, records_of, store
from tests.walks import walk

Lines = list[dict[str, Any]]


class Export:
    """An export of two todos, the first with a file, whose lines can be changed."""

    def __init__(self, user: User, folder: Path) -> None:
        first, _ = sorted([new_todo(user), new_todo(user)])
        store(user, first, b"12345")
        assert export(user, folder, "--apply").code == 0
        wipe(user)
        self.user, self.folder = user, folder
        (self.path,) = folder.glob("users/*/*.jsonl")
        (self.content,) = (path for path in folder.glob("files/*/*/*") if path.is_file())
        self.raw = self.path.read_bytes()

    @property
    def lines(self) -> Lines:
        return [json.loads(line) for line in self.raw.splitlines()]

    def write(self, lines: Lines) -> None:
        """With an end that fits, so that it is the line that is looked at."""
        body = [json.dumps(line).encode() + b"\n" for line in lines[:-1]]
        kinds = [line.get("record") for line in lines]
        end = {"record": "end", "todos": kinds.count("todo"), "files": kinds.count("file")}
        end["sha256"] = hashlib.sha256(b"".join(body)).hexdigest()
        self.path.write_bytes(b"".join(body) + json.dumps(end).encode() + b"\n")

    def assert_refused(self, reason: str) -> None:
        outcome = bring_back(self.user, self.folder, "--apply")
        name = str(self.path.relative_to(self.folder))
        assert (outcome.code, outcome.summary["units"]["write"], list(outcome.errors)) == (2, 0, [name])
        assert reason in outcome.errors[name], outcome.errors
        assert outcome.sentence.startswith("The export is not fit to be imported; nothing was written.")
        assert (walk(self.user), records_of(self.user), objects_of(self.user)) == ([], {}, [])


@pytest.fixture
def exported(alice: User, tmp_path: Path) -> Export:
    return Export(alice, tmp_path)


def changed(number: int, **values: Any) -> Callable[[Lines], Lines]:
    """The line with these values; None takes one away."""

    def change(lines: Lines) -> Lines:
        line = {name: value for name, value in {**lines[number], **values}.items() if value is not None}
        return [*lines[:number], line, *lines[number + 1 :]]

    return change


# The lines are: 1 the user, 2 a todo, 3 its file, 4 another todo, 5 the end.
LINES: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "another format": (changed(0, format=2), "line 1: must say format 1 and the user id in the file's name"),
    "somebody else's id": (changed(0, userID=str(uuid4())), "line 1: must say format 1 and the user id"),
    "an owner in a todo": (changed(1, userID=str(uuid4())), "line 2: userID does not belong here"),
    "a place in the list": (changed(1, listOrder="0"), "line 2: listOrder does not belong here"),
    "an owner in a file": (changed(2, userID=str(uuid4())), "line 3: userID does not belong here"),
    "another todo's file": (changed(2, todoID=str(uuid4())), "line 3: todoID does not belong here"),
    "an unknown field": (changed(1, colour="red"), "line 2: 'colour' is no attribute of it"),
    "no title": (changed(1, title=None), "line 2: title is missing"),
    "a title of another type": (changed(1, title=5), "line 2: title is not a text"),
    "a list for a title": (changed(1, title=["a"]), "line 2: 'title' is neither a text, nor a whole number"),
    "a version in letters": (changed(1, version="1"), "line 2: version is not a number"),
    "a version with a point": (changed(1, version=1.5), "line 2: 'version' is neither a text"),
    "an endless version": (changed(1, version=10**400), "line 2: version is not a whole number"),
    "NUL": (changed(1, notes="a\0b"), "line 2: notes holds the character NUL"),
    "half a character": (changed(1, notes="\ud83d"), "line 2: not UTF-8"),
    "a long title": (changed(1, title="x" * 501), "line 2: title has 501 characters; 500 are allowed"),
    "no day": (changed(1, dateDue="tomorrow"), "line 2: dateDue is not a day"),
    "completed without time": (changed(1, completed=True), "line 2: it is completed and has no dateCompleted"),
    "an id that leads elsewhere": (changed(1, todoID="../../etc"), "line 2: todoID is not a UUID"),
    "no id": (changed(1, todoID=None), "line 2: todoID is missing"),
    "a file id that leads elsewhere": (changed(2, fileID="../../../../etc/passwd"), "todoID or fileID is not a UUID"),
    "a file name with a path": (changed(2, fileName="../../x"), "line 3: fileName: Must not hold slashes"),
    "a file name that reads backwards": (changed(2, fileName="a\u202eb"), "line 3: fileName: Must not hold"),
    "a type that a browser runs": (changed(2, contentType="text/html"), "line 3: contentType: A browser would run it"),
    "a hash that is none": (changed(2, sha256="0"), "line 3: sha256 is no hash"),
    "another hash": (changed(2, sha256="0" * 64), "does not have the content that it had: its SHA-256 differs"),
    "another size": (changed(2, size=6), "has 5 bytes instead of 6"),
    "a size below nothing": (changed(2, size=-1), "line 3: size is not a whole number of bytes"),
    "a file that is not there": (changed(2, fileID=str(uuid4())), "line 3: files/"),
    "a request under another name": (changed(1, record="request"), "line 2: this is no request"),
    "no known kind": (changed(1, record="secret"), "line 2: not a line of an export"),
    "no kind": (changed(1, record=None), "line 2: not a line of an export"),
    "a todo twice": (lambda lines: [*lines[:2], *lines[1:]], "comes twice or out of order"),
    "a file twice": (lambda lines: [*lines[:3], *lines[2:]], "comes twice or out of order"),
    "todos out of order": (lambda lines: [lines[0], lines[3], lines[1], *lines[4:]], "comes twice or out of order"),
    "a file before its todo": (lambda lines: [lines[0], *lines[2:]], "line 2: a file must come after its todo"),
    "no user": (lambda lines: lines[1:], "line 1: the first line, and only that, must be the user's"),
    "a second user": (lambda lines: [*lines[:2], lines[0], *lines[2:]], "line 3: the first line, and only that"),
}


@pytest.mark.parametrize(("change", "reason"), LINES.values(), ids=LINES)
def test_a_line_that_no_export_has_is_refused(exported: Export, change: Callable[[Lines], Lines], reason: str) -> None:
    exported.write(change(exported.lines))
    exported.assert_refused(reason)


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda raw: b"", "line 1: the file is cut off"),
    "half a line": (lambda raw: raw[:200], "line 2: cut off: the line does not end"),
    "no end": (lambda raw: b"".join(raw.splitlines(True)[:-1]), "line 5: the file is cut off: its end is missing"),
    "something after the end": (lambda raw: raw + b"{}\n", "line 6: something comes after the end"),
    "a changed letter": (lambda raw: raw.replace(b"Renew", b"renew", 1), "createHash does not fit the texts"),
    "a changed time": (lambda raw: raw.replace(b'"dateUpdated":"2', b'"dateUpdated":"3', 1), "line 5: the counts or"),
    "no JSON": (lambda raw: raw.replace(b'{"record":"todo"', b"[", 1), "line 2: not JSON with each key once"),
    "bad UTF-8": (lambda raw: raw.replace(b"Renew", b"Ren\xffw", 1), "line 2: not UTF-8"),
    "a key twice": (
        lambda raw: raw.replace(b'"version":1}', b'"version":1,"version":2}', 1),
        "line 2: not JSON with each key once: a key comes twice",
    ),
    "a hundred thousand brackets": (lambda raw: b"[" * 100_000 + b"\n" + raw, "line 1: nested too deeply"),
    "a program": (lambda raw: b"\x7fELF" + bytes(1000), "line 1: cut off"),
    "another kind of JSON": (lambda raw: b'{"a": 1}\n' + raw, "line 1: not a line of an export"),
}


@pytest.mark.parametrize(("change", "reason"), BYTES.values(), ids=BYTES)
def test_bytes_that_no_export_has_are_refused(exported: Export, change: Callable[[bytes], bytes], reason: str) -> None:
    exported.path.write_bytes(change(exported.raw))
    exported.assert_refused(reason)


def test_a_line_of_a_gigabyte_is_refused_without_being_read(exported: Export) -> None:
    with exported.path.open("r+b") as file:
        file.seek(0, 2)
        file.truncate(2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    exported.assert_refused("line 6: something comes after the end")
    exported.path.write_bytes(exported.raw.splitlines(True)[0])
    with exported.path.open("r+b") as file:
        file.truncate(2**30)
    exported.assert_refused("line 2: longer than 524288 bytes")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_content_that_is_a_link_or_gone_or_changed_is_refused(exported: Export, tmp_path: Path) -> None:
    exported.content.write_bytes(b"54321")
    exported.assert_refused("its SHA-256 differs")
    (tmp_path / "elsewhere").write_bytes(b"12345")
    exported.content.unlink()
    exported.assert_refused("cannot be read")
    exported.content.symlink_to(tmp_path / "elsewhere")
    exported.assert_refused("is not a plain file of this folder")


def test_an_export_that_lacks_a_user_or_has_one_too_many_is_refused(exported: Export) -> None:
    whole = json.loads((exported.folder / "export.json").read_text())
    for change in ({"users": 2}, {"todos": 3}, {"digest": "0" * 64}, {"format": 2}):
        (exported.folder / "export.json").write_text(json.dumps({**whole, **change}))
        outcome = call("import_data", str(exported.folder), "--apply")
        assert (outcome.code, list(outcome.errors)) == (2, ["export.json"])
    (exported.folder / "export.json").unlink()
    assert call("import_data", str(exported.folder), "--apply").code == 2
    assert walk(exported.user) == []


def test_a_file_name_that_no_export_gives_is_refused(exported: Export) -> None:
    stray = exported.folder / "users" / "xx" / f"{exported.user.sub}.jsonl"
    stray.parent.mkdir()
    stray.write_bytes(exported.raw)
    outcome = call("import_data", str(exported.folder), "--apply")
    assert outcome.code == 2
    assert outcome.errors == {
        f"users/xx/{exported.user.sub}.jsonl": "line 0: the file's name is none that an export gives"
    }
