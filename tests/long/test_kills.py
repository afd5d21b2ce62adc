"""Ten moments at random for each changing command: `make test-long`."""

import logging
import random
from pathlib import Path

import pytest

from tests.clients import User
from tests.maintenance.kills import CASES, assert_a_kill_does_no_harm

logger = logging.getLogger(__name__)

# Of calls, more than which no command makes of what it is given.
_MOST_CALLS = 40


@pytest.mark.parametrize("attempt", range(10))
@pytest.mark.parametrize("command", CASES)
def test_a_killed_command_is_run_again_and_nothing_is_wrong(
    alice: User, tmp_path: Path, command: str, attempt: int
) -> None:
    after_calls = random.randrange(_MOST_CALLS)
    # Shown where it fails.
    logger.warning("%s is killed after %d calls", command, after_calls)
    assert_a_kill_does_no_harm(command, alice, tmp_path, after_calls=after_calls)
