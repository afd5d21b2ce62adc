"""Brings users back from a folder that an export was written to, and never over anything that is there."""

import hashlib
import json
from typing import IO, Any

from files.maintenance import copies as file_copies
from todoproject.aws.dynamodb import Item
from todoproject.aws.folders import Folder
from todoproject.maintenance.faults import Conflict
from todoproject.maintenance.run import Run, Unfit
from todoproject.management.export import SUMMARY
from todoproject.management.records import PIECE, Bad, Line, Totals, UserFile, content_path
from todos.maintenance import copies as todo_copies

_MOST_SUMMARY = 64 * 1024


class Importer:
    def __init__(self, run: Run, folder: Folder, user_id: str | None) -> None:
        self._run = run
        self._folder = folder
        self._user_id = user_id
        self._totals = Totals()

    # --- First everything is checked ---

    def check(self, path: str) -> None:
        """Every line and the content of every file, to the first fault."""
        user_file = UserFile(self._folder, path)
        try:
            for line in user_file.lines():
                self._run.advance()
                if line.sha256:
                    self._check_content(line)
        except (Bad, OSError) as exc:
            self._run.error(path, str(exc))
        else:
            with self._run.alone():
                self._totals.add(user_file.totals)

    def _check_content(self, line: Line) -> None:
        name, size = content_path(line.item), int(line.item["size"]["N"])
        try:
            if self._folder.size(name) != size:
                raise Bad(line.number, f"{name} has {self._folder.size(name)} bytes instead of {size}")
            with self._folder.open(name) as content:
                sha256 = _sha256(content)
        except OSError as exc:
            raise Bad(line.number, f"{name} cannot be read: {exc}") from None
        if sha256 != line.sha256:
            raise Bad(line.number, f"{name} does not have the content that it had: its SHA-256 differs")

    def check_totals(self) -> None:
        """Raises Unfit when anything was wrong so far: nothing has been written."""
        if self._user_id is None and not self._run.error_count and self._summary() != self._totals.to_json():
            self._run.error(SUMMARY, f"does not fit what is there: {json.dumps(self._totals.to_json())}")
        if self._run.error_count:
            raise Unfit("The export is not fit to be imported; nothing was written. See the errors above.")

    def _summary(self) -> Any:
        try:
            with self._folder.open(SUMMARY) as stream:
                return json.loads(stream.read(_MOST_SUMMARY))
        except (OSError, ValueError, RecursionError) as exc:
            return str(exc)

    # --- Then it is written ---

    def bring_back(self, path: str) -> None:
        """A todo, then its files, each only where nothing is; or, in a dry run, say what would be."""
        conflicting = ""
        for line in UserFile(self._folder, path).lines():
            self._run.advance()
            todo_id = line.item["todoID"]["S"]
            if line.sha256 and todo_id == conflicting:
                self._run.count("files of conflicting todos, left out")
                continue
            kind = "files" if line.sha256 else "todos"
            try:
                already = self._bring_back(line)
            except Conflict:
                conflicting = conflicting if line.sha256 else todo_id
                self._run.error(_label(line.item), "another one is there already, and stays")
            else:
                self._run.count(f"{kind} {'there already' if already else 'brought back'}")
        self._run.count("users")

    def _bring_back(self, line: Line) -> bool:
        if not line.sha256:
            return todo_copies.add_copy(line.item) if self._run.applies else todo_copies.state_of_copy(line.item)
        if not self._run.applies:
            return file_copies.state_of_copy(line.item)
        with self._folder.open(content_path(line.item)) as content:
            return file_copies.add_copy(line.item, content)


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _label(item: Item) -> str:
    return "/".join(item[name]["S"] for name in ("userID", "todoID", "fileID") if name in item)
