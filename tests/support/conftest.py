import pytest

from tests.clients import User
from tests.support.staff import Member
from tests.uploads import store
from todoproject.api.limits import buckets


@pytest.fixture(autouse=True)
def _nobody_has_failed_yet() -> None:
    """Failed sign-ins are counted by address, and all tests come from the same."""
    buckets.cache_clear()


@pytest.fixture(scope="module")
def support() -> Member:
    """Signed in, and may change. One for a module: signing in is not what most tests are about."""
    return Member.signed_in("support")


@pytest.fixture(scope="module")
def reader() -> Member:
    """Signed in, and may only look."""
    return Member.signed_in("support-readonly")


@pytest.fixture
def todo(alice: User) -> "Todo":
    return Todo.create(alice)


class Todo:
    """A customer's todo with a file, and where the admin shows both."""

    def __init__(self, user: User, todo_id: str, file_id: str) -> None:
        self.user, self.todo_id, self.file_id = user, todo_id, file_id
        self.page = f"/admin/todos/todo/{user.sub}~{todo_id}"
        self.file_page = f"/admin/files/file/{user.sub}~{todo_id}~{file_id}"

    @classmethod
    def create(cls, user: User) -> "Todo":
        todo_id = user.api.post("/me/todos", {"title": "Milk", "notes": "Two\nlines"}).json()["todoID"]
        return cls(user, todo_id, store(user, todo_id, b"0123456789")["fileID"])

    @property
    def key(self) -> str:
        return f"{self.user.sub}~{self.todo_id}"

    def now(self) -> dict[str, object]:
        found: dict[str, object] = self.user.api.get(f"/me/todos/{self.todo_id}").json()
        return found
