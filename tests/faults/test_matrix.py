"""Every operation under every class of fault; `make test-long` tries every fault at each."""

from collections.abc import Iterator

import pytest

from tests.faults.kinds import PATIENCE, Kind, one_of_each_class
from tests.faults.pages import change_subjects, member_there, page_subjects
from tests.faults.subjects import Subject, api_subjects
from tests.faults.trial import Calm, Trial
from tests.faults.world import Clients, World, new_world
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Where AWS is asked once only: that botocore repeats calls is for the long matrix and the lost answers."""
    with new_world(AWS_ATTEMPTS=1) as world:
        yield world


def try_out(world: World, number: int, subject: Subject, kinds: list[Kind]) -> None:
    calm = Calm.of(subject, world, assert_nothing_wrong)
    with Figures("faults") as figures:
        figures.add(operations=bool(calm.sites))
        for step, kind in enumerate(kinds):
            if calm.sites:
                site = calm.sites[(number + step) % len(calm.sites)]
                Trial(subject, world, calm, figures).under(
                    kind, site, lasting=step % 2 == 0, find_faults=assert_nothing_wrong
                )


@pytest.mark.parametrize(("number", "subject"), list(enumerate(api_subjects())), ids=str)
def test_an_operation_is_done_or_refused_and_can_be_repeated(world: World, number: int, subject: Subject) -> None:
    # After an answer that is no HTTP, a client takes botocore's transport for good.
    with Clients("dynamodb", AWS_READ_TIMEOUT=PATIENCE).used():
        try_out(world, number, subject, one_of_each_class(number))


@pytest.mark.parametrize(("number", "subject"), list(enumerate(change_subjects())), ids=str)
def test_a_change_by_support_is_made_or_refused_and_can_be_repeated(
    world: World, number: int, subject: Subject
) -> None:
    with member_there():
        try_out(world, number, subject, one_of_each_class(number))


@pytest.mark.parametrize(("number", "subject"), list(enumerate(page_subjects())), ids=str)
def test_a_page_of_the_admin_is_shown_whole_or_refused(world: World, number: int, subject: Subject) -> None:
    kinds = one_of_each_class(number)
    with member_there():
        try_out(world, number, subject, [kinds[number % len(kinds)], kinds[(number + 3) % len(kinds)]])
