"""Every operation of the APIs under every kind of fault at every call that it makes of AWS: once, and from there on.

Of the admin every page and every change under every kind, at some of its calls.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.kinds import KINDS, PATIENCE, Kind, share
from tests.faults.pages import change_subjects, fill_trail, member_there, page_subjects
from tests.faults.subjects import Subject, api_subjects
from tests.faults.trial import Calm, Trial
from tests.faults.world import Clients, World, new_world
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Where AWS is asked twice: a fault that strikes once may heal."""
    with new_world(AWS_ATTEMPTS=2) as world:
        yield world


ONCE_AND_LASTING = pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])


def try_everywhere(
    world: World, subject: Subject, kinds_at: Callable[[int, int], list[Kind]], *, lasting: bool
) -> None:
    """`kinds_at` says what to try at the first, second, … of so many calls."""
    calm = Calm.of(subject, world, assert_nothing_wrong)
    with Figures("faults, long") as figures:
        figures.add(operations=bool(calm.sites) and not lasting)
        for number, site in enumerate(calm.sites):
            with Clients(AWS_READ_TIMEOUT=PATIENCE).used():
                for kind in kinds_at(number, len(calm.sites)):
                    Trial(subject, world, calm, figures).under(
                        kind, site, lasting=lasting, find_faults=assert_nothing_wrong
                    )


@ONCE_AND_LASTING
@pytest.mark.parametrize("subject", list(api_subjects()), ids=str)
def test_an_operation_is_done_or_refused_and_can_be_repeated(world: World, subject: Subject, lasting: bool) -> None:
    try_everywhere(world, subject, lambda *_: KINDS, lasting=lasting)


@ONCE_AND_LASTING
@pytest.mark.parametrize("subject", [*change_subjects(), *page_subjects()], ids=str)
def test_a_page_or_a_change_of_support_is_served_or_refused(world: World, subject: Subject, lasting: bool) -> None:
    """A page makes many calls, most of them to know who looks: every kind of fault at one of them at least."""
    fill_trail()
    with member_there():
        try_everywhere(world, subject, share, lasting=lasting)
