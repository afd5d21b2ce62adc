from collections.abc import Callable, Iterator

import pytest

from tests.clients import User
from tests.key_server import Clock
from todoproject.api import limits

# Helpers that assert: their failures show what differs, as a test's own do.
pytest.register_assert_rewrite(
    "tests.faults", "tests.maintenance", "tests.model", "tests.problems", "tests.uploads", "tests.walks"
)


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Time stands still, but for what the test adds to it. Limits count by it too, and begin anew before and after."""
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    limits.buckets.cache_clear()
    yield clock
    limits.buckets.cache_clear()
