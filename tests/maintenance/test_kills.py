"""A command that is killed leaves what the next run goes on with: two moments here, ten at random in tests/long."""

from pathlib import Path

import pytest

from tests.clients import User
from tests.maintenance.kills import CASES, assert_a_kill_does_no_harm


@pytest.mark.parametrize("after_calls", [3, 9])
@pytest.mark.parametrize("command", CASES)
def test_a_killed_command_is_run_again_and_nothing_is_wrong(
    alice: User, tmp_path: Path, command: str, after_calls: int
) -> None:
    assert assert_a_kill_does_no_harm(command, alice, tmp_path, after_calls=after_calls)
