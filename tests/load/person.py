"""Somebody who uses the service for a long time and knows what must be there: both roles, every operation.

What is not answered for certain (503, or no answer) is asked again, as a good client does, until it is. So everything
the model holds was acknowledged, and at the end the service must have exactly that.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import requests as http

from tests.clients import STANDIN, User
from tests.load.generator import Answer, Connections, Request

CONTENT = b"0123456789"
MOST_ATTEMPTS = 60
# Not certain, and to be tried again: no answer, throttled by the service, unavailable.
UNCERTAIN = (0, 429, 503)
# Seconds: a token that is younger must not be refused.
MOST_AGE = 5 * 60


class Unexpected(AssertionError):
    pass


@dataclass
class Tally:
    """What all of them have done."""

    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


@dataclass
class Person:
    user: User
    todos_api: Connections
    files_api: Connections
    tally: Tally
    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    trashed: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)
    # When the token was issued; it does not last for a long run.
    since: float = field(default_factory=time.monotonic)

    async def live(self, ends: asyncio.Event, pause: float) -> None:
        doings = (self.create, self.create, self.read, self.edit, self.complete, self.trash, self.restore)
        doings += (self.list, self.list, self.search, self.attach, self.list_files, self.detach)
        while not ends.is_set():
            doing = random.choice(doings)
            await doing()
            self.tally.operations[doing.__name__] += 1
            await asyncio.sleep(random.expovariate(1 / pause))

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, expect: tuple[int, ...], **headers: str
    ) -> Answer:
        """Until there is a certain answer. Raises Unexpected for one that is not to be expected."""
        api = self.files_api if "/files" in path else self.todos_api
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        for attempt in range(MOST_ATTEMPTS):
            answer = await api.ask(Request(method, path, self.user.id_token, body, sent))
            self.tally.statuses[answer.status] += 1
            if answer.status == 401 and self.since < time.monotonic() - MOST_AGE:
                await self._renew_token()
                continue
            if answer.status not in UNCERTAIN:
                break
            await asyncio.sleep(min(2, 0.1 * 2**attempt) * random.random())
        if answer.status not in expect:
            raise Unexpected(f"{method} {path}: {answer.status} {answer.error} {answer.body[:300]!r}")
        self.tally.seconds.append(answer.seconds)
        self.tally.acknowledged += method != "GET" and answer.status < 300
        return answer

    async def _renew_token(self) -> None:
        asked = await asyncio.to_thread(
            http.post, f"{STANDIN}/_standin/tokens", params={"username": self.user.email}, timeout=30
        )
        self.user = replace(self.user, id_token=asked.json()["IdToken"])
        self.since = time.monotonic()

    # --- Todos ----------------------------------------------------------------------------------

    async def create(self) -> None:
        title = f"{random.choice(('Milk', 'Bread', 'Tea'))} {uuid.uuid4().hex}"
        answer = await self.ask("POST", "/me/todos", {"title": title}, expect=(201,), Idempotency_Key=uuid.uuid4().hex)
        self.open[answer.json()["todoID"]] = {"title": title, "notes": "", "completed": False}

    async def read(self) -> None:
        if todo_id := self._any(self.open):
            answer = await self.ask("GET", f"/me/todos/{todo_id}", expect=(200,))
            self._assert_same(answer.json(), self.open[todo_id])

    async def edit(self) -> None:
        await self._change({"notes": uuid.uuid4().hex})

    async def complete(self) -> None:
        await self._change({"completed": random.random() < 0.7})

    async def _change(self, change: dict[str, Any]) -> None:
        if todo_id := self._any(self.open):
            answer = await self.ask("PATCH", f"/me/todos/{todo_id}", change, expect=(200,))
            self.open[todo_id] |= change
            self._assert_same(answer.json(), self.open[todo_id])

    async def trash(self) -> None:
        if todo_id := self._any(self.open):
            await self.ask("DELETE", f"/me/todos/{todo_id}", expect=(204,))
            self.trashed[todo_id] = self.open.pop(todo_id)
            await self.ask("GET", f"/me/todos/{todo_id}", expect=(404,))

    async def restore(self) -> None:
        if todo_id := self._any(self.trashed):
            # A lost answer: the second attempt finds it restored.
            await self.ask("POST", f"/me/todos/{todo_id}/restore", expect=(200,))
            self.open[todo_id] = self.trashed.pop(todo_id)

    async def list(self) -> None:
        answer = await self.ask("GET", "/me/todos?limit=20", expect=(200,))
        for todo in answer.json()["todos"]:
            self._assert_same(todo, self.open[todo["todoID"]])

    async def search(self) -> None:
        answer = await self.ask("GET", "/me/todos?search=milk&limit=20", expect=(200,))
        assert all("Milk" in todo["title"] for todo in answer.json()["todos"])

    # --- Files ----------------------------------------------------------------------------------

    async def attach(self) -> None:
        if todo_id := self._any(self.open):
            file = {"fileName": f"{uuid.uuid4().hex}.txt", "size": len(CONTENT), "contentType": "text/plain"}
            started = (await self.ask("POST", f"/{todo_id}/files", file, expect=(201,))).json()
            form = started["upload"]
            sent = await asyncio.to_thread(
                http.post, form["url"], data=form["fields"], files={"file": CONTENT}, timeout=30
            )
            assert sent.status_code == 204, sent.text
            file_id = started["file"]["fileID"]
            await self.ask("POST", f"/{todo_id}/files/{file_id}/complete", expect=(200,))
            self.files.setdefault(todo_id, set()).add(file_id)

    async def list_files(self) -> None:
        if todo_id := self._any(self.files):
            answer = await self.ask("GET", f"/{todo_id}/files", expect=(200,))
            assert {file["fileID"] for file in answer.json()["files"]} == self.files[todo_id]

    async def detach(self) -> None:
        if todo_id := self._any(self.files):
            file_id = self.files[todo_id].pop()
            if not self.files[todo_id]:
                del self.files[todo_id]
            await self.ask("DELETE", f"/{todo_id}/files/{file_id}", expect=(204,))

    # --- In the end -----------------------------------------------------------------------------

    async def differences(self) -> tuple[int, int]:
        """How many records were acknowledged and are not there as they should be, and how many are there in excess."""
        there = await self._walk("/me/todos?limit=200")
        trashed = await self._walk("/me/todos?status=trashed&limit=200")
        lost, doubled = _compare(there, self.open)
        lost_in_trash, doubled_in_trash = _compare(trashed, self.trashed)
        for todo_id in [*self.open, *self.trashed]:
            answer = await self.ask("GET", f"/{todo_id}/files", expect=(200,))
            stored = [file["fileID"] for file in answer.json()["files"]]
            wanted = self.files.get(todo_id, set())
            lost += len(wanted - set(stored))
            doubled += len(stored) - len(wanted & set(stored))
        return lost + lost_in_trash, doubled + doubled_in_trash

    async def _walk(self, path: str) -> "list[dict[str, Any]]":
        rows, cursor = [], ""
        while cursor is not None:
            page = (await self.ask("GET", path + (f"&cursor={cursor}" if cursor else ""), expect=(200,))).json()
            rows += page["todos"]
            cursor = page["nextCursor"]
        return rows

    @staticmethod
    def _any(known: dict[str, Any]) -> str | None:
        return random.choice(list(known)) if known else None

    @staticmethod
    def _assert_same(todo: dict[str, Any], model: dict[str, Any]) -> None:
        found = {name: todo[name] for name in model}
        assert found == model, f"{todo} is not what was acknowledged: {model}"


def _compare(rows: list[dict[str, Any]], model: dict[str, dict[str, Any]]) -> tuple[int, int]:
    found = {row["todoID"]: row for row in rows}
    lost = sum(
        todo_id not in found or any(found[todo_id][name] != value for name, value in todo.items())
        for todo_id, todo in model.items()
    )
    return lost, len(rows) - len(found.keys() & model.keys())
