"""A user of both roles who remembers what was answered, and so knows what there must be."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
from hypothesis import note

from tests.clients import User
from tests.faults import stored
from tests.faults.visitor import assert_unavailable
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong, call
from tests.model.files import STORED, FileBelief, Fits
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

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """503 is the only answer of its class; nothing of anybody else's is ever in one."""
        answer = self.user.api.call(method, path, body, **headers)
        note(f"  {self.name}: {method} {path} {body or ''} {headers or ''} -> {answer.status_code}")
        assert answer.status_code < 500 or answer.status_code == 503, answer.content
        if answer.status_code == 503:
            assert_unavailable(answer)
        refused = answer.status_code == 503
        self.figures.add(requests=1, refused=refused, acknowledged=not refused)
        for other in self.others:
            assert other.user.sub not in answer.content.decode(), f"{other.name}'s"
        return answer

    # --- Todos ---

    def create(self, todo: Todo, key: str | None) -> None:
        body = {"title": todo.title, "notes": todo.notes, "dateDue": todo.due}
        headers = {"Idempotency_Key": key} if key else {}
        if key:
            before, told = self.todos.keys.setdefault(key, (todo, ""))
            if told and before != todo:
                assert self.call("POST", "/me/todos", body, **headers).status_code in (422, 503)
                return
            todo = before
            body = {"title": todo.title, "notes": todo.notes, "dateDue": todo.due}
        answer = self.call("POST", "/me/todos", body, **headers)
        told = self.todos.keys[key][1] if key else ""
        if answer.status_code == 503:
            if not told:
                self.todos.unsure[todo.title] = todo
            return
        assert answer.status_code == 201, answer.content
        wire = answer.json()
        if told:
            assert wire["todoID"] == told, "one key has made two todos"
            self.todos.known[told].answered(lambda any_state: (201, any_state), 201, wire)
        else:
            assert Todo.shown(wire) == todo
            assert wire["todoID"] not in self.todos.known
            self.todos.created(wire["todoID"], todo)

    def change(self, method: str, todo_id: str, page: str, body: Any, effect: Effect, if_match: int | None) -> None:
        headers = {} if if_match is None else {"If_Match": f'"{if_match}"'}
        answer = self.call(method, f"/me/todos/{todo_id}{page}", body, **headers)
        belief = self.todos.known[todo_id]
        if answer.status_code == 503:
            belief.unanswered(effect)
        else:
            wire = answer.json() if answer.status_code == 200 and "ETag" in answer.headers else None
            belief.answered(effect, answer.status_code, wire)

    def list_todos(self, status: str, search: str, limit: int) -> bool:
        """Whether all of it could be read."""
        rows, cursor = [], ""
        while cursor is not None:
            path = f"/me/todos?status={status}&search={search}&limit={limit}&cursor={cursor}"
            answer = self.call("GET", path)
            if answer.status_code == 503:
                return False
            page = answer.json()
            assert len(page["todos"]) <= limit
            rows += page["todos"]
            cursor = page["nextCursor"]
        if status == "all":
            assert rows == in_order(rows)
        self.todos.listed(status, search, rows)
        return True

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
                file.downloaded(got.content if got.status_code == 200 else None)

    def list_files(self, todo_id: str) -> None:
        answer = self.call("GET", f"/{todo_id}/files")
        if answer.status_code == 503:
            return
        listed = [row["fileID"] for row in answer.json()["files"]]
        known = [file for file in self.files if file.todo_id == todo_id]
        assert sorted(set(listed)) == listed, "listed twice, or not in the order in which they were added"
        assert set(listed) <= {file.file_id for file in known}
        for file in known:
            file.listed(is_there=file.file_id in listed)

    def ask_for_erasure(self) -> None:
        answer = self.call("POST", "/me/todos/erase-account", {"confirm": self.user.email})
        assert answer.status_code in (202, 503)
        self.wants_to_be_erased |= answer.status_code == 202

    # --- In the end, when all is well ---

    def make_sure(self) -> None:
        """Repeat what was not answered, as a client must, until nothing is unknown."""
        for key, (todo, told) in list(self.todos.keys.items()):
            if not told:
                self.create(todo, key)
        assert self.list_todos("trashed", "", 200)
        assert self.list_todos("all", "", 200)
        for file in self.files:
            self.read_file(file)
            if len(file.may_be) > 1 or any(each.status == STORED and not each.uploaded for each in file.may_be):
                self.delete(file)

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
