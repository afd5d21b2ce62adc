"""Five times what the service can do: it does as much as before, about as quickly, and refuses the rest."""

import asyncio
import itertools
import re
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from deploy.local.standins import ROOT
from tests.clients import User
from tests.faults import stored
from tests.faults.fault import delayed
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving
from tests.load.figures import milliseconds, report
from tests.load.generator import Answer, Connections, Load, Request, load, percentile
from tests.load.limits import ANY_RATE

# Seconds: what each call of DynamoDB takes on top. Then the service's threads are what runs short, and neither DynamoDB
# Local nor the processors that the service shares here with it, with the proxy and with the load generator.
LATENCY = 0.25
OVERLOAD = 5
CALM = 0.8
SECONDS = 12
USERS = 20
# Seconds, as the target group and the container have them.
TARGET_GROUP_TIMEOUT = 5
CONTAINER_TIMEOUT = 5


@pytest.fixture
def server(dynamodb: Proxy) -> Iterator[Server]:
    with serving("todos", **ANY_RATE, AWS_ENDPOINT_URL_DYNAMODB=dynamodb.url) as [one]:
        yield one


@pytest.fixture
def users() -> list[User]:
    """Many, so that none of them comes near the limit of a single user's rate."""
    return [User.sign_up() for _ in range(USERS)]


@dataclass
class Health:
    """What the load balancer and the container's own check were answered meanwhile."""

    target_group: list[Answer] = field(default_factory=list)
    container: list[int] = field(default_factory=list)

    def assert_green(self) -> None:
        assert Counter(answer.status for answer in self.target_group) == {200: len(self.target_group)}
        assert max(answer.seconds for answer in self.target_group) < TARGET_GROUP_TIMEOUT
        assert set(self.container) == {0}


def half_writes(users: list[User]) -> Iterator[Request]:
    for number, user in enumerate(itertools.cycle(users)):
        if number // len(users) % 2:
            yield Request("POST", "/me/todos", user.id_token, {"title": uuid.uuid4().hex})
        else:
            yield Request("GET", "/me/todos?limit=1", user.id_token)


@asynccontextmanager
async def health_watched(server: Server) -> AsyncIterator[Health]:
    health = Health()
    watches = [
        asyncio.create_task(_ask_as_target_group(server, health)),
        asyncio.create_task(_ask_as_container(server, health)),
    ]
    try:
        yield health
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)


async def _ask_as_target_group(server: Server, health: Health) -> None:
    while True:
        connections = Connections(server.url)
        health.target_group.append(
            await connections.ask(Request("GET", "/healthz", headers={"User-Agent": "ELB-HealthChecker/2.0"}))
        )
        await connections.close()
        await asyncio.sleep(0.25)


async def _ask_as_container(server: Server, health: Health) -> None:
    """Runs the very command of the task definition."""
    template = (ROOT / "cloudformation" / "service.yaml").read_text()
    [command] = set(re.findall(r'- "(import os, urllib\.request.*)"\n', template))
    while True:
        check = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-c", command, env={"PORT": server.url.rpartition(":")[2]}
        )
        try:
            health.container.append(await asyncio.wait_for(check.wait(), CONTAINER_TIMEOUT))
        except BaseException:
            check.kill()
            await check.wait()
            raise
        await asyncio.sleep(1)


async def overload(server: Server, users: list[User], guess: float) -> tuple[Load, Load, Health]:
    """Calm load, then OVERLOAD times the capacity, which is what is accepted of `guess` requests a second: too many."""
    connections, requests = Connections(server.url), half_writes(users)
    async with health_watched(server) as health:
        first = await load(connections, requests, rate=20, seconds=2)  # threads, connections and caches are there
        flood = await load(connections, requests, rate=guess, seconds=5)
        capacity = len(flood.accepted) / flood.seconds
        assert flood.of(503), f"{guess} requests a second are not too many: {flood.statuses}"
        calm = await load(connections, requests, rate=CALM * capacity, seconds=SECONDS)
        over = await load(connections, requests, rate=OVERLOAD * capacity, seconds=SECONDS)
    await connections.close()
    acknowledged, lost, doubled = _writes((first, flood, calm, over), users)
    report(
        "overload",
        [
            ("capacity", f"{capacity:.0f} requests a second"),
            ("requests, calm and overloaded", f"{len(calm.answers)}, {len(over.answers)}"),
            ("p99 of the accepted, calm and overloaded", ", ".join(_p99(each.accepted) for each in (calm, over))),
            ("p99 of the refused", _p99(over.of(503))),
            ("refused with 503", f"{len(over.of(503)) / len(over.answers):.0%}"),
            ("accepted of the capacity", f"{len(over.accepted) / over.seconds / capacity:.0%}"),
            ("writes acknowledged, lost, doubled", f"{acknowledged}, {lost}, {doubled}"),
            ("health checks, slowest", f"{len(health.target_group)}, {_slowest(health.target_group)}"),
            ("the generator's share of a core", f"{over.cpu:.0%}"),
        ],
    )
    assert (lost, doubled) == (0, 0)
    return calm, over, health


def _p99(answers: list[Answer]) -> str:
    return milliseconds(percentile([answer.seconds for answer in answers], 99))


def _slowest(answers: list[Answer]) -> str:
    return milliseconds(max(answer.seconds for answer in answers))


def _writes(loads: tuple[Load, ...], users: list[User]) -> tuple[int, int, int]:
    """How many writes were acknowledged; how many of them are not there; how many rows there are besides."""
    written = [answer.request.body["title"] for each in loads for answer in each.of(201) if answer.request.body]
    there = Counter(item["title"] for user in users for item in stored.todos(user))
    lost = sum(title not in there for title in written)
    return len(written), lost, there.total() - (len(written) - lost)


def test_of_five_times_the_capacity_the_rest_is_refused_and_who_is_served_is_served_as_quickly(
    server: Server, dynamodb: Proxy, users: list[User]
) -> None:
    dynamodb.inject(delayed(LATENCY))
    calm, over, health = asyncio.run(overload(server, users, guess=300))

    over.assert_not_held_up()
    assert set(over.statuses) == {200, 201, 503}
    assert all(answer.headers["retry-after"] == "1" for answer in over.of(503))
    assert all(answer.json()["type"] == "urn:problem-type:overloaded" for answer in over.of(503))
    slower = percentile([answer.seconds for answer in over.accepted], 99)
    assert slower < 2 * percentile([answer.seconds for answer in calm.accepted], 99)
    assert len(over.of(503)) > len(over.answers) / 2
    health.assert_green()


def test_where_the_processors_run_short_the_rest_is_refused_as_well_and_health_stays_green(users: list[User]) -> None:
    """How quickly is another matter: here the generator and DynamoDB Local take from the same processors."""
    with serving("todos", **ANY_RATE) as [server]:
        _, over, health = asyncio.run(overload(server, users, guess=800))

    assert set(over.statuses) == {200, 201, 503}
    assert over.of(503)
    health.assert_green()
