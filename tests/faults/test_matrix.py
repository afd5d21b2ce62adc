"""Every operation under every class of fault; `make test-long` tries every fault at every call."""

from collections.abc import Iterator

import pytest

from tests.faults.kinds import one_of_each_class
from tests.faults.subjects import Subject, api_subjects
from tests.faults.trial import Calm, Trial
from tests.faults.world import World, new_world
from tests.figures import Figures
from tests.maintenance.commands import assert_nothing_wrong


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Where AWS is asked once only: that botocore repeats calls is for the long matrix and the lost answers."""
    with new_world(AWS_ATTEMPTS=1) as world:
        yield world


@pytest.mark.parametrize(("number", "subject"), list(enumerate(api_subjects())), ids=str)
def test_an_operation_is_done_or_refused_and_can_be_repeated(world: World, number: int, subject: Subject) -> None:
    figures = Figures("faults")
    calm = Calm.of(subject, world, assert_nothing_wrong)
    trial = Trial(subject, world, calm, figures)
    for step, kind in enumerate(one_of_each_class(number)):
        if calm.sites:
            site = calm.sites[(number + step) % len(calm.sites)]
            trial.under(kind, site, lasting=step % 2 == 0, find_faults=assert_nothing_wrong)
    figures.write()
