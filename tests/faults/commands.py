"""A changing command under a fault: it ends by itself and says how, and run again it has done all of its work once."""

from pathlib import Path
from unittest import mock

from tests.clients import User
from tests.faults.kinds import Kind
from tests.faults.world import Site, World
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong, call
from tests.maintenance.kills import CASES
from todoproject.maintenance import run
from todoproject.maintenance.command import SOME_REMAIN, STOPPED

# Seconds between the attempts at what AWS does not answer; a minute in all takes too long here.
_PAUSES = (0.01, 0.02, 0.03)


def sites_of(command: str, world: World, user: User, folder: Path) -> list[Site]:
    # What others have left to a command that looks through all there is would be done in calm weather, and not again.
    assert call(command, *CASES[command].prepare(User.sign_up(), folder / "others")).code == 0
    arguments = CASES[command].prepare(user, folder)
    world.clear()
    assert call(command, *arguments).code == 0
    return world.sites()


def assert_a_fault_does_no_harm(
    command: str, world: World, site: Site, kind: Kind, user: User, folder: Path, *, lasting: bool, figures: Figures
) -> None:
    case = CASES[command]
    arguments = case.prepare(user, folder)
    with world.broken(site, kind, lasting=lasting), mock.patch.object(run, "_PAUSES", _PAUSES):
        outcome = call(command, *arguments)
    story = f"{command}: {kind} {'from' if lasting else 'at'} {site}: {outcome}"
    again = call(command, *arguments)
    done = [each.code == 0 for each in (outcome, again)]
    figures.add(faults=1, requests=2, acknowledged=sum(done), refused=2 - sum(done))
    assert outcome.code in (0, SOME_REMAIN, STOPPED), story
    assert (outcome.code == 0) == (not outcome.sentence), story
    assert (again.code, again.errors) == (0, {}), (story, again)
    with figures.counting("lost"):
        case.assert_done(user, folder)
    with figures.counting("doubled"):
        assert_nothing_wrong(user)
