"""Each changing command under some faults; `make test-long` tries every kind of fault at many of its calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import User
from tests.faults.commands import assert_a_fault_does_no_harm
from tests.faults.fault import Call
from tests.faults.kinds import one_of_each_class
from tests.faults.world import Site, World, new_world
from tests.figures import Figures
from tests.maintenance.kills import CASES

# Of the classes of faults, so many for each command: over all of them, each class comes up.
_KINDS = 2


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world(AWS_ATTEMPTS=1) as world:
        yield world


@pytest.mark.parametrize("step", range(_KINDS))
@pytest.mark.parametrize(("number", "command"), list(enumerate(CASES)))
def test_a_command_survives_a_fault_and_is_run_again(
    world: World, alice: User, tmp_path: Path, number: int, command: str, step: int
) -> None:
    kinds = one_of_each_class(number + step)
    kind = kinds[(_KINDS * number + step) % len(kinds)]
    # None of them makes fewer calls of DynamoDB.
    site = Site("dynamodb", 2 + 5 * step, Call("some call", ""))
    with Figures("faults") as figures:
        figures.add(operations=step == 0)
        assert_a_fault_does_no_harm(command, world, site, kind, alice, tmp_path, lasting=bool(step), figures=figures)
