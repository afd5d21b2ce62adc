"""A processor that pauses, as one does whose share of its host is used up: few who ask at once are all served."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator

from tests.clients import User
from tests.faults.server import Server, serving
from tests.load.figures import report
from tests.load.generator import Connections, Request
from tests.load.limits import ANY_RATE
from tests.load.processes import workers

CLIENTS = 8
REQUESTS = 100
# Seconds. Three quarters of the time are lost, more than the service has of a processor that is shared with three.
PAUSE, WORK = 0.03, 0.01


@contextlib.asynccontextmanager
async def paused_again_and_again(server: Server) -> AsyncIterator[None]:
    pauses = 0

    async def pause() -> None:
        nonlocal pauses
        while True:
            pauses += 1
            for pid in workers(server):
                os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(PAUSE)
            finally:
                for pid in workers(server):
                    os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(WORK)

    task = asyncio.create_task(pause())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert pauses > 20


async def ask_at_once(server: Server, user: User) -> Counter[int]:
    connections, statuses = Connections(server.url), Counter[int]()

    async def client() -> None:
        for number in range(REQUESTS):
            body = {"title": f"Number {number}"}
            statuses[(await connections.ask(Request("POST", "/me/todos", user.id_token, body))).status] += 1

    async with paused_again_and_again(server):
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await connections.close()
    return statuses


def test_a_worker_that_is_paused_again_and_again_serves_a_few_at_once(alice: User) -> None:
    with serving("todos", WEB_CONCURRENCY="1", **ANY_RATE) as [server]:
        statuses = asyncio.run(ask_at_once(server, alice))

    refused = statuses.pop(503, 0)
    report("a processor that pauses", [("refused", f"{refused} of {CLIENTS * REQUESTS}")])
    assert set(statuses) == {201}
    assert refused < CLIENTS * REQUESTS / 100
