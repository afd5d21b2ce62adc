"""The model's two users again, with new stories each time: what fails prints its story and how to tell it again."""

import pytest

from tests.model.test_model import tell_stories


@pytest.mark.parametrize("part", range(4))
def test_two_users_find_what_was_acknowledged_once_and_nothing_else(part: int) -> None:
    tell_stories(examples=25, steps=60, derandomize=False)
