"""Cursors are signed, and nothing is kept for them: any number may be out, for as long as clients like."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.clients import User
from tests.faults.server import Server, serving
from tests.load.figures import report
from tests.load.generator import Connections, Request
from tests.load.limits import ANY_RATE
from tests.load.processes import MIB, memory, workers


@pytest.fixture
def server() -> Iterator[Server]:
    # Without the C library's caches, a few for each thread, which fill for tens of thousands of requests.
    with serving("todos", GLIBC_TUNABLES="glibc.malloc.tcache_count=0", **ANY_RATE) as [one]:
        yield one


WORDS = [f"word{number}" for number in range(50)]


def test_10000_cursors_are_valid_and_cost_no_memory(server: Server, alice: User) -> None:
    """Fifty searches that all find the same 201 todos, each walked one row at a time."""
    rows = 201
    for number in range(rows):
        assert alice.api.post("/me/todos", {"title": f"{number} {' '.join(WORDS)}"}).status_code == 201
    cursors: dict[str, str] = {}

    async def walk(connections: Connections, word: str) -> None:
        titles, cursor = [], ""
        while cursor is not None:
            path = f"/me/todos?search={word}&limit=1" + (f"&cursor={cursor}" if cursor else "")
            answer = await connections.ask(Request("GET", path, alice.id_token))
            assert answer.status == 200, answer
            titles += [todo["title"] for todo in answer.json()["todos"]]
            cursor = answer.json()["nextCursor"]
            if cursor is not None:
                assert cursor not in cursors
                cursors[cursor] = word
        assert len(set(titles)) == len(titles) == rows

    async def run() -> int:
        connections = Connections(server.url)
        sizes = []
        for first in range(0, len(WORDS), 10):
            await asyncio.gather(*(walk(connections, word) for word in WORDS[first : first + 10]))
            sizes.append(sum(memory(pid) for pid in workers(server)))
        # The oldest are as good as new ones.
        for cursor, word in list(cursors.items())[:200]:
            path = f"/me/todos?search={word}&limit=1&cursor={cursor}"
            assert (await connections.ask(Request("GET", path, alice.id_token))).status == 200
        await connections.close()
        return sizes[-1] - sizes[1]

    grown = asyncio.run(run())
    report("cursors", [("distinct and answered", len(cursors)), ("memory of both workers", f"{grown / MIB:+.1f} MiB")])
    assert len(cursors) == len(WORDS) * (rows - 1)
    # A kilobyte kept for each of the last 6,000 would be 6 MiB.
    assert grown < 4 * MIB
