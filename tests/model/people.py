"""A user of both roles who remembers what was answered, and so knows what there must be."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import requests
from hypothesis import note

from tests.clients import User
from tests.faults import stored
from tests.faults.visitor import assert_unavailable
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong, call
from tests.model.files import STORED, File, FileBelief, Fits
from tests.model.todos import Effect, KnownTodos, Todo
from tests.walks import in_order


@dataclass
class Person:
    name: str
    figures: Figures
    user: User = field(default_factory=User.sign_up)
    todos: KnownTodos = field(default_factory=KnownTodos)
    files: list[FileBelief] = field(default_factory=list)
    wants_to_be_erased: bool = False
    others: list["Person"] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    """What nobody else's answers may hold: ids, titles, contents."""
    cursors: dict[str, str] = field(default_factory=dict)
    """The last that each list has given, by its path."""

    def __post_init__(self) -> None:
        self.marks |= {self.user.sub, self.user.email}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """503 is the only answer of its class; nothing of anybody else's is ever in one."""
        answer = self.user.api.call(method, path, body, **headers)
        note(f"  {self.name}: {method} {path} {body or ''} {headers or ''} -> {answer.status_code}")
        assert answer.status_code < 500 or answer.status_code == 503, answer.content
        if answer.status_code == 503:
            assert_unavailable(answer)
        refused = answer.status_code == 503
        self.figures.add(requests=1, refused=refused, acknowledged=not refused)
        self._look_at(answer.content.decode() + str(dict(answer.headers)))
        return answer

    def _look_at(self, answer: str) -> None:
        leaked = [mark for other in self.others for mark in other.marks if mark in answer]
        self.figures.add(leaked=bool(leaked))
        assert not leaked, f"shown to {self.name}: {leaked} in {answer}"

    # --- Todos ---

    def create(self, todo: Todo, key: str | None, page: str = "") -> None:
        """The article's page answers with the id alone."""
        body = {"title": todo.title, "notes": todo.notes, "dateDue": todo.due}
        self.marks.add(f'"{todo.title}"')
        answer = self.call("POST", f"/me/todos{page}", body, **({"Idempotency_Key": key} if key else {}))
        done = 200 if page else 201
        assert answer.status_code in (done, 422, 503), answer.content
        status = 201 if answer.status_code == done else answer.status_code
        self.todos.answered(todo, key, status, answer.json())
        self.marks |= self.todos.known.keys()

    def change(self, method: str, todo_id: str, page: str, body: Any, effect: Effect, **headers: str) -> None:
        self.marks |= {f'"{body["title"]}"'} if body and "title" in body else set()
        answer = self.call(method, f"/me/todos/{todo_id}{page}", body, **headers)
        belief = self.todos.known[todo_id]
        if answer.status_code == 503:
            belief.unanswered(effect)
        else:
            wire = answer.json() if answer.status_code == 200 and "ETag" in answer.headers else None
            belief.answered(effect, answer.status_code, wire)

    def list_todos(self, status: str, search: str, limit: int) -> bool:
        """Whether all of it could be read."""
        rows = self._walk(f"/me/todos?status={status}&search={search}", limit)
        if rows is None:
            return False
        if status == "all":
            assert rows == in_order(rows)
        self.todos.listed(status, search, rows)
        self.marks |= self.todos.known.keys()
        return True

    def _walk(self, path: str, limit: int) -> list[dict[str, Any]] | None:
        """The whole list, unless a page of it is refused."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            answer = self.call("GET", f"{path}&limit={limit}&cursor={cursor}")
            if answer.status_code == 503:
                return None
            page, cursor = itemgetter("todos" if "/todos" in path else "files", "nextCursor")(answer.json())
            assert len(page) <= limit
            rows += page
            if cursor:
                self.cursors[path.casefold()] = cursor
        return rows

    def misuse_a_cursor(self, which: int) -> None:
        """In a list that has not given it: of somebody else, of another todo's files, of another search."""
        foreign = [cursor for other in self.others for cursor in other.cursors.values()]
        wrong = [
            (path, cursor)
            for path, own in self.cursors.items()
            for cursor in [*self.cursors.values(), *foreign]
            if cursor != own
        ]
        if wrong:
            path, cursor = wrong[which % len(wrong)]
            answer = self.call("GET", f"{path}&cursor={cursor}")
            assert answer.status_code == 400, answer.content

    # --- Files ---

    def start_upload(self, todo_id: str, content: bytes) -> None:
        name = f"{uuid.uuid4().hex}.txt"
        body = {"fileName": name, "size": len(content), "contentType": "text/plain"}
        answer = self.call("POST", f"/{todo_id}/files", body)
        belief = self.todos.known[todo_id]
        fits = Fits.beside(self.files, len(content))
        if answer.status_code == 404:
            belief.may_be = {todo for todo in belief.may_be if todo.trashed}
            assert belief.may_be, "not found, and not in the trash"
        elif answer.status_code == 409:
            assert not fits.surely
        elif answer.status_code != 503:
            assert (answer.status_code, fits.maybe) == (201, True), answer.content
            belief.may_be = {todo for todo in belief.may_be if not todo.trashed}
            assert belief.may_be, "a file for a todo in the trash"
            started = answer.json()
            self.files.append(FileBelief(todo_id, started["file"]["fileID"], content, started["upload"]))
            self.marks |= {started["file"]["fileID"], name, content.decode()}

    def upload(self, file: FileBelief) -> None:
        try:
            sent = requests.post(file.form["url"], file.form["fields"], files={"file": file.content}, timeout=1)
            note(f"  {self.name}: posts the form of {file.path} -> {sent.status_code}")
            file.uploading(surely=sent.status_code == 204)
        except requests.RequestException as exc:
            note(f"  {self.name}: posts the form of {file.path} -> {type(exc).__name__}")
            file.uploading(surely=False)

    def complete(self, file: FileBelief) -> None:
        answer = self.call("POST", f"{file.path}/complete")
        others = (other for other in self.files if other is not file)
        file.completed(answer.status_code, Fits.beside(others, len(file.content)))

    def delete(self, file: FileBelief, page: str = "") -> None:
        file.deleted(self.call("DELETE", file.path + page).status_code)

    def read_file(self, file: FileBelief) -> None:
        answer = self.call("GET", file.path)
        if answer.status_code != 503:
            file.shown(answer.json() if answer.status_code == 200 else None)

    def download(self, file: FileBelief) -> None:
        self.read_file(file)
        if {each.status for each in file.may_be} == {STORED}:
            answer = self.call("GET", file.path)
            if answer.status_code == 200:
                got = requests.get(answer.json()["filePath"], timeout=10)
                assert got.status_code in (200, 404)
                self._look_at(got.text)
                file.downloaded(got.content if got.status_code == 200 else None)

    def list_files(self, todo_id: str, limit: int) -> None:
        rows = self._walk(f"/{todo_id}/files?", limit)
        if rows is None:
            return
        listed = [row["fileID"] for row in rows]
        known = [file for file in self.files if file.todo_id == todo_id]
        assert sorted(set(listed)) == listed, "listed twice, or not in the order in which they were added"
        assert set(listed) <= {file.file_id for file in known}
        for file in known:
            file.listed(is_there=file.file_id in listed)

    def ask_for_erasure(self) -> None:
        answer = self.call("POST", "/me/todos/erase-account", {"confirm": self.user.email})
        assert answer.status_code in (202, 503)
        self.wants_to_be_erased |= answer.status_code == 202

    def paths_of_others(self) -> Iterator[str]:
        for other in self.others:
            yield from (f"/{name}/todos" for name in (other.user.sub, other.user.email))
            for number, todo_id in enumerate(other.todos.known):
                yield f"/{'me' if number % 2 else other.user.sub}/todos/{todo_id}"
            yield from (file.path for file in other.files)

    def trespass(self, method: str, path: str) -> None:
        """On what is somebody else's: as if it had never been."""
        answer = self.call(method, path, {"notes": "Seized"} if method == "PATCH" else None)
        assert answer.status_code in (404, 405, 503), answer.content

    # --- In the end, when all is well ---

    def make_sure(self) -> None:
        """Repeat what was not answered, as a client must, until nothing is unknown."""
        for name, key in self.todos.keys.items():
            for todo in sorted(key.may_be, key=lambda todo: todo.title):
                if not key.todo_id:
                    self.create(todo, name)
        assert self.list_todos("trashed", "", 200)
        assert self.list_todos("all", "", 200)
        for file in self.files:
            self.read_file(file)
            if len(file.may_be) > 1 or any(each.status == STORED and not each.uploaded for each in file.may_be):
                self.delete(file)

    def tally(self) -> None:
        """What is stored beside what is known, however the story has ended."""
        items = {item["todoID"]: item["version"] for item in stored.todos(self.user)}
        versions = {todo_id: {todo.version for todo in belief.may_be} for todo_id, belief in self.todos}
        kept = [file for file in self.files if file.may_be == {File(STORED, uploaded=True)}]
        lost = [todo_id for todo_id, known in versions.items() if items.get(todo_id, 0) < min(known)]
        lost += {file.file_id for file in kept} - {record["fileID"] for record in stored.files(self.user)}
        again = [todo_id for todo_id, known in versions.items() if items.get(todo_id, 0) > max(known)]
        strangers = len(items.keys() - versions.keys()) - len(self.todos.unsure)
        surplus = stored.used_bytes(self.user) > sum(file.counted[1] for file in self.files)
        self.figures.add(lost=len(lost), doubled=len(again) + max(0, strangers) + surplus)

    def assert_all_is_there_once(self) -> None:
        assert not self.todos.unsure
        shown = []
        for todo_id, belief in self.todos:
            [todo] = belief.may_be
            shown.append((todo_id, todo.title, todo.notes, todo.due, todo.completed, todo.trashed, todo.version))
        assert sorted(shown) == sorted(
            (
                *(item.get(name, "") for name in ("todoID", "title", "notes", "dateDue", "completed")),
                "dateDeleted" in item,
                item["version"],
            )
            for item in stored.todos(self.user)
        )
        kept = {file.file_id: file for file in self.files if {each.status for each in file.may_be} == {STORED}}
        records = stored.files(self.user)
        assert kept.keys() == {record["fileID"] for record in records if record["status"] == STORED}
        assert stored.used_bytes(self.user) == sum(len(file.content) for file in kept.values())
        objects = stored.objects(self.user)
        for file in self.files:
            has_object = f"{self.user.sub}{file.path.replace('/files', '')}" in objects
            assert has_object in {each.uploaded for each in file.may_be}, (file.path, has_object, file.may_be)
        assert_nothing_wrong(self.user)

    def be_erased(self) -> None:
        outcome = call("erase_user", "--user", self.user.sub, "--apply")
        assert (outcome.code, outcome.errors) == (0, {})
        assert (stored.todos(self.user), stored.files(self.user), stored.objects(self.user)) == ([], [], [])
