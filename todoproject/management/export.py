"""Copies users into a folder, in the format of `records`."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from files.maintenance import copies as file_copies
from files.maintenance.checks import is_stored
from files.maintenance.removal import object_key
from files.storage import files_storage
from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import error_code, is_unavailable
from todoproject.aws.folders import Folder
from todoproject.maintenance.faults import is_user_id
from todoproject.maintenance.run import Run, Stopped
from todoproject.management.merge import entries_of
from todoproject.management.records import (
    Totals,
    UserFile,
    content_path,
    file_record,
    todo_record,
    user_path,
    write_lines,
)
from todos.maintenance import copies as todo_copies
from todos.maintenance.walks import is_erase_request

SUMMARY = "export.json"


class Exporter:
    """Names each item that is left out, and why, as an error of the run."""

    def __init__(self, run: Run, folder: Folder) -> None:
        self._run = run
        self._folder = folder

    def export(self, user_id: str) -> None:
        if not is_user_id(user_id):
            self._run.error(user_id, "not exported: the user id is none that could stand in a path")
            return
        lines = write_lines(user_id, self._records(user_id))
        if self._run.applies:
            self._write(user_path(user_id), lines)
        else:
            for _ in lines:
                pass
        self._run.count("users")

    def _records(self, user_id: str) -> Iterator[dict[str, Any]]:
        for todo, files in entries_of(user_id):
            if todo is None:
                for file in files:
                    if is_stored(file):
                        self._run.error(f"{user_id}/{file['fileKey']['S']}", "not exported: it belongs to no todo")
                continue
            try:
                todo_copies.require_fit(todo)
            except ValueError as exc:
                self._run.error(f"{user_id}/{todo['todoID'].get('S')}", f"not exported, nor are its files: {exc}")
                continue
            if not is_erase_request(todo):
                self._run.count("todos")
                self._run.advance()
            yield todo_record(todo)
            yield from self._file_records(user_id, files)

    def _file_records(self, user_id: str, files: Iterator[Item]) -> Iterator[dict[str, Any]]:
        for file in filter(is_stored, files):
            try:
                file_copies.require_fit(file)
                sha256 = self._copy_content(file)
            except (FileNotFoundError, ValueError) as exc:
                self._run.error(f"{user_id}/{file['fileKey']['S']}", f"not exported: {exc}")
                continue
            self._run.count("files")
            self._run.count("bytes of files", int(file["size"]["N"]))
            yield file_record(file, sha256)

    def _copy_content(self, file: Item) -> str:
        """The SHA-256. Raises FileNotFoundError, or ValueError when the size is not the record's."""
        if not self._run.applies:
            return ""
        digest, size = hashlib.sha256(), 0
        content = files_storage().read_object(object_key(file))
        # Here, and not while it is written: so a missing object is told from a folder that takes nothing.
        first = next(content, b"")

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in chain([first], content):
                digest.update(piece)
                size += len(piece)
                yield piece

        self._write(content_path(file), pieces())
        if size != int(file["size"]["N"]):
            raise ValueError(f"its object has {size} bytes, its record says {file['size']['N']}")
        return digest.hexdigest()

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Raises Stopped: a folder that does not take this will not take the rest."""
        try:
            self._folder.write(name, pieces)
        except Exception as exc:
            if is_unavailable(exc) or not (error_code(exc) or isinstance(exc, OSError)):
                raise
            raise Stopped(f"The folder does not take {name}: {exc}. Mend that, then go on with --resume.") from exc

    def finish(self) -> None:
        """Read back what was written, and say what it is in all: without that, nothing is an export."""
        totals = Totals()
        for path in self._folder.names("users"):
            user_file = UserFile(self._folder, path)
            for _ in user_file.lines():
                self._run.check()
            totals.add(user_file.totals)
        self._write(SUMMARY, [json.dumps(totals.to_json(), indent=2).encode() + b"\n"])
