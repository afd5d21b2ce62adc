"""Always the same stories, a few of them; `make test-long` tells many new ones."""

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.world import new_world
from tests.figures import Figures
from tests.model.files import QUOTA
from tests.model.machine import TwoUsers


def test_two_users_find_what_was_acknowledged_once_and_nothing_else() -> None:
    tell_stories(examples=10, steps=50, derandomize=True)


def tell_stories(*, examples: int, steps: int, derandomize: bool) -> None:
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    with Figures("model") as figures, new_world(AWS_ATTEMPTS=2, USER_FILE_QUOTA=QUOTA) as world:
        run_state_machine_as_test(lambda: TwoUsers(world, figures), settings=settings)
        assert world.struck
        figures.add(faults=world.struck)
