"""Each changing command under every kind of fault, at calls from its first to its last."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import User
from tests.faults.commands import assert_a_fault_does_no_harm, sites_of
from tests.faults.kinds import KINDS, PATIENCE, Kind
from tests.faults.world import Clients, World, new_world
from tests.figures import Figures
from tests.maintenance.kills import CASES

# Calls at which each kind of fault strikes each command, evenly spread over all that it makes.
_SITES = 3


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world(AWS_ATTEMPTS=2) as world:
        yield world


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("command", CASES)
def test_a_command_survives_a_fault_and_is_run_again(
    world: World, alice: User, tmp_path: Path, command: str, kind: Kind
) -> None:
    sites = sites_of(command, world, alice, tmp_path / "calm")
    for number in range(_SITES):
        site = sites[number * (len(sites) - 1) // (_SITES - 1)]
        with Figures("faults, long") as figures, Clients(AWS_READ_TIMEOUT=PATIENCE).used():
            assert_a_fault_does_no_harm(
                command,
                world,
                site,
                kind,
                User.sign_up(),
                tmp_path / f"{number}",
                lasting=number % 2 == 1,
                figures=figures,
            )
