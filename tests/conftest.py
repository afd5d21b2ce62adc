from collections.abc import Callable

import pytest

from tests.clients import User

# Helpers that assert: their failures show what differs, as a test's own do.
pytest.register_assert_rewrite("tests.problems", "tests.uploads", "tests.walks")


@pytest.fixture
def new_user() -> Callable[[], User]:
    """Signs up another user, with an e-mail address nobody had before."""

    return User.sign_up


@pytest.fixture
def alice(new_user: Callable[[], User]) -> User:
    return new_user()


@pytest.fixture
def bob(new_user: Callable[[], User]) -> User:
    return new_user()
