"""What is measured: each kind of request, in the order in which a round goes through them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench import dataset
from tests.bench.load import request
from tests.bench.servers import ARTICLE, CONTENDERS, FASTAPI, OURS, SERVICES, Contender

READER = dataset.owner(50)
FILES_OF = dataset.todo_id(READER, 0)
PAGE = 50


@dataclass
class Visitor:
    """A contender's user: tokens of each owner, and the todos that this round has created."""

    writer: str
    new_token: Callable[[str], str]
    tokens: Mapping[str, str]
    created: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, *, owner: str, body: Any = None) -> bytes:
        content = json.dumps(body).encode() if body is not None else b""
        return request(method, path, token=self.tokens[owner], body=content)


@dataclass(frozen=True)
class Work:
    """`requests` makes so many of them. `status` is what all must be answered with."""

    name: str
    title: str
    requests: Callable[[Visitor, int], list[bytes]]
    status: int = 200
    count: int = 200
    counts: Mapping[Contender, int] = field(default_factory=dict)
    """Fewer, where one takes long."""
    contenders: tuple[Contender, ...] = CONTENDERS
    role: str = "todos"

    def is_done_by(self, contender: Contender) -> bool:
        return contender in self.contenders or (
            contender.is_variant and OURS in self.contenders and self.role == "todos"
        )

    def count_for(self, contender: Contender, share: float) -> int:
        return max(1, round(self.counts.get(contender, self.count) * share))


def _get(visitor: Visitor, count: int) -> list[bytes]:
    ids = [dataset.todo_id(READER, number % 50) for number in range(count)]
    return [visitor.request("GET", f"/{READER}/todos/{todo_id}", owner=READER) for todo_id in ids]


def _get_by_new_tokens(visitor: Visitor, count: int) -> list[bytes]:
    ids = [dataset.todo_id(READER, number % 50) for number in range(count)]
    return [request("GET", f"/{READER}/todos/{todo_id}", token=visitor.new_token(READER)) for todo_id in ids]


def _list(size: int, query: str = f"limit={PAGE}") -> Callable[[Visitor, int], list[bytes]]:
    user_id = dataset.owner(size)
    return lambda visitor, count: [visitor.request("GET", f"/{user_id}/todos?{query}", owner=user_id)] * count


def _create(visitor: Visitor, count: int) -> list[bytes]:
    visitor.created.clear()
    body = {"title": "Water the fig tree", "description": "x" * 100, "dateDue": "2026-12-24"}
    return [visitor.request("POST", f"/{visitor.writer}/todos", owner=visitor.writer, body=body)] * count


def _on_each_created(method: str, body: Any = None, then: str = "") -> Callable[[Visitor, int], list[bytes]]:
    def requests(visitor: Visitor, count: int) -> list[bytes]:
        return [
            visitor.request(method, f"/{visitor.writer}/todos/{todo_id}{then}", owner=visitor.writer, body=body)
            for todo_id in visitor.created[:count]
        ]

    return requests


def _files(visitor: Visitor, count: int) -> list[bytes]:
    return [visitor.request("GET", f"/{FILES_OF}/files", owner=READER)] * count


def _upload(visitor: Visitor, count: int) -> list[bytes]:
    body = {"fileName": "fig tree.jpg", "size": 48_000, "contentType": "image/jpeg"}
    return [visitor.request("POST", f"/{FILES_OF}/files", owner=READER, body=body)] * count


def _unsigned(visitor: Visitor, count: int) -> list[bytes]:
    return [request("GET", f"/{READER}/todos")] * count


GET = Work("get", "get one", _get)
NEW_TOKENS = Work("get-new-token", "get one, a new token each", _get_by_new_tokens, contenders=(OURS, FASTAPI))
LIST = Work("list-50", "list 50 of 50", _list(50))
CREATE = Work("create", "create", _create, 201)
FILES = Work("files", "10 files, signed", _files, count=60, contenders=SERVICES, role="files")
WORK = (
    GET,
    NEW_TOKENS,
    LIST,
    Work("first-1000", "first 50 of 1,000", _list(1_000), counts={ARTICLE: 20}),
    Work("first-10000", "first 50 of 10,000", _list(10_000), counts={ARTICLE: 2}),
    Work("first-100000", "first 50 of 100,000", _list(100_000), counts={ARTICLE: 1}),
    Work(
        "search",
        "search 1,000, 10 found",
        _list(1_000, f"search={dataset.SEARCHED}"),
        contenders=SERVICES,
        count=60,
        counts={ARTICLE: 20},
    ),
    CREATE,
    Work("edit", "edit", _on_each_created("PATCH", {"notes": "Half a litre"}), contenders=SERVICES),
    Work("complete", "complete", _on_each_created("PATCH", {"completed": True}), contenders=SERVICES),
    Work("delete", "delete", _on_each_created("DELETE"), 204, contenders=SERVICES),
    Work("restore", "restore", _on_each_created("POST", then="/restore"), contenders=(OURS,)),
    FILES,
    Work("upload", "upload start", _upload, 201, count=60, contenders=SERVICES, role="files"),
    Work("401", "401 without a token", _unsigned, 401, contenders=(OURS, FASTAPI)),
)
# A page of 50 each, of lists of all sizes.
PAGES = tuple(work for work in WORK if work is LIST or work.name.startswith("first-"))
