"""What each changing command is given to do, and how it shows that it was done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from files.maintenance.removal import erase_files
from files.models import FileModel, UsageModel
from tests.clients import User
from tests.maintenance.commands import assert_nothing_wrong, at, call, kill_after
from tests.uploads import BUCKET, objects_of, records_of, s3, store, stored_bytes
from tests.walks import walk
from todos.maintenance.removal import erase_todos, read_request
from todos.models import TodoModel

TODOS, FILES = 6, 4


@dataclass(frozen=True)
class Case:
    prepare: Callable[[User, Path], list[str]]
    """Gives the command its work, and returns the arguments."""
    assert_done: Callable[[User, Path], None]


def assert_a_kill_does_no_harm(command: str, user: User, folder: Path, *, after_calls: int) -> bool:
    """Whether the command was killed at all: it may have made fewer calls."""
    case = CASES[command]
    arguments = case.prepare(user, folder)
    killed = kill_after(after_calls, command, *arguments)
    again = call(command, *arguments)
    assert (again.code, again.errors) == (0, {})
    case.assert_done(user, folder)
    assert_nothing_wrong(user)
    return killed


def seed(user: User) -> list[str]:
    """What `seed_demo` makes for the user, and the arguments that do it."""
    counts = ["--users", "1", "--todos", str(TODOS), "--files", str(FILES)]
    return [*counts, "--seed", user.sub.replace("-", "")[:8].translate(_DIGITS), "--user", user.sub, "--apply"]


_DIGITS = str.maketrans("abcdef", "123456")


def _seeded(user: User) -> None:
    assert call("seed_demo", *seed(user)).counts == {"files made": FILES, "todos made": TODOS, "users": 1}


def _assert_seeded(user: User, folder: Path) -> None:
    assert len(list(TodoModel.query(user.sub))) == TODOS
    assert len(objects_of(user)) == FILES


def _prepare_import(user: User, folder: Path) -> list[str]:
    _seeded(user)
    assert call("export_data", str(folder / "before"), "--user", user.sub, "--apply").code == 0
    erase_files(user.sub)
    erase_todos(user.sub)
    return [str(folder / "before"), "--apply"]


def _assert_imported(user: User, folder: Path) -> None:
    assert call("export_data", str(folder / "after"), "--user", user.sub, "--apply").code == 0
    assert contents(folder / "after") == contents(folder / "before")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _prepare_purge(user: User, folder: Path) -> list[str]:
    kept = user.api.post("/me/todos", {"title": "stays"}).json()["todoID"]
    store(user, kept, b"kept")
    with at(datetime.now(UTC) - timedelta(days=40)):
        for number in range(3):
            todo_id = user.api.post("/me/todos", {"title": f"goes {number}"}).json()["todoID"]
            store(user, todo_id, b"first")
            store(user, todo_id, b"second")
            user.api.delete(f"/me/todos/{todo_id}")
    return ["--days", "15", "--apply"]


def _assert_purged(user: User, folder: Path) -> None:
    assert [todo["title"] for todo in walk(user)] == ["stays"]
    assert walk(user, status="trashed") == []
    assert (len(objects_of(user)), stored_bytes(user)) == (1, len(b"kept"))


def _prepare_reconciliation(user: User, folder: Path) -> list[str]:
    _seeded(user)
    for key in objects_of(user)[:2]:
        s3().delete_object(Bucket=BUCKET, Key=key)
    UsageModel(user.sub).update([UsageModel.stored_bytes.set(1)])
    return ["--user", user.sub, "--apply"]


def _assert_reconciled(user: User, folder: Path) -> None:
    assert len(objects_of(user)) == FILES - 2
    assert {key for key in records_of(user) if key != "usage"} == {
        "#".join(key.split("/")[1:]) for key in objects_of(user)
    }


def _prepare_repair(user: User, folder: Path) -> list[str]:
    _seeded(user)
    for todo in TodoModel.query(user.sub):
        todo.update([TodoModel.list_order.set("0#wrong"), TodoModel.title_folded.set("WRONG")])
    file = next(iter(FileModel.query(user.sub, filter_condition=FileModel.status == "stored")))
    TodoModel(user.sub, file.todo_id).delete()
    return ["--user", user.sub, "--repair", "--apply"]


def _assert_repaired(user: User, folder: Path) -> None:
    assert len(walk(user)) + len(walk(user, status="trashed")) == TODOS - 1


def _prepare_erasure(user: User, folder: Path) -> list[str]:
    _seeded(user)
    return ["--user", user.sub, "--apply"]


def _assert_erased(user: User, folder: Path) -> None:
    assert (objects_of(user), records_of(user)) == ([], {})
    (request,) = TodoModel.connection().query(user.sub)["Items"]
    assert request["todoID"] == {"S": "#erase-account"}
    stored = read_request(user.sub)
    assert stored is not None
    assert stored.date_erased is not None


CASES = {
    "seed_demo": Case(lambda user, folder: seed(user), _assert_seeded),
    "import_data": Case(_prepare_import, _assert_imported),
    "purge_trash": Case(_prepare_purge, _assert_purged),
    "reconcile_files": Case(_prepare_reconciliation, _assert_reconciled),
    "check_data": Case(_prepare_repair, _assert_repaired),
    "erase_user": Case(_prepare_erasure, _assert_erased),
}
