from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from files.maintenance import checks as file_checks
from files.maintenance import walks as file_walks
from files.maintenance.removal import remove_expired, remove_file
from files.models import FileModel
from todoproject.aws.dynamodb import Item
from todoproject.aws.partitions import Segment, about_how_many
from todoproject.maintenance.command import MaintenanceCommand, Refused, add_user_option
from todoproject.maintenance.faults import text_of
from todoproject.maintenance.run import Run, Stage, each, only
from todoproject.management.merge import entries_of
from todos.maintenance import checks as todo_checks
from todos.maintenance import walks as todo_walks
from todos.models import TodoModel

# The purge runs daily; what was due longer ago, no run has found.
_OVERDUE = timedelta(days=7)


class Command(MaintenanceCommand):
    help = """Look at every todo and every record of a file, and name whatever the model does not allow.

    --repair mends what follows from the rest of an item, on condition that nobody wrote it meanwhile: the order in the
    list, the folded title, the purge day, dateCompleted, the count of a user's bytes. It removes expired uploads that
    DynamoDB should have removed, and files whose todo is gone. The bucket is reconcile_files' business."""
    example = "manage.py check_data --repair --apply --rate 500 --segments 4"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="with --apply: mend what can be derived")
        add_user_option(parser)
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        if options["apply"] and not options["repair"]:
            raise Refused("--apply without --repair would write nothing. Give both, or neither.")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        check = _Check(run).check

        if options["user"]:
            return [Stage("items", only(options["user"]), check)]
        total = about_how_many(TodoModel, FileModel)
        return [
            Stage("items", each(todo_walks.user_ids), check, total=total),
            Stage("files of users without todos", each(_users_without_todos), check),
        ]


def _users_without_todos(segment: Segment, after: str | None) -> Iterator[str]:
    for user_id in file_walks.user_ids(segment, after):
        if todo_walks.read_one(user_id) is None:
            yield user_id


class _Check:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._overdue_day = (timezone.now().date() - _OVERDUE).isoformat()

    def check(self, user_id: str) -> None:
        total = 0
        for todo, files in entries_of(user_id):
            if todo is not None:
                self._check_todo(todo)
            for file in files:
                total += file_checks.stored_size(file)
                self._check_file(file, alone=todo is None)
        if found := file_checks.miscounted(user_id, total):
            usage, total = found
            reason = f"{usage.stored_bytes} bytes are counted, its files have {total}"
            self._run.mend(user_id, reason, "counts put right", lambda: file_checks.repair_usage(user_id, usage, total))
        self._run.count("users")

    def _check_todo(self, todo: Item) -> None:
        self._run.advance()
        self._run.count("todos")
        label = f"{todo['userID']['S']}/{todo['todoID']['S']}"
        faults = todo_checks.faults_of(todo)
        if derived := [fault for fault in faults if fault.change]:
            reason = "; ".join(fault.reason for fault in derived)
            self._run.mend(label, reason, "todos repaired", lambda: todo_checks.repair_todo(todo, derived))
        for fault in faults:
            if not fault.change:
                self._run.error(label, fault.reason)
        if not faults and "" < text_of(todo, "purgeDay") < self._overdue_day:
            self._run.error(
                label, f"due since {text_of(todo, 'purgeDay')}: purge_trash has not found it, see its --days"
            )

    def _check_file(self, file: Item, *, alone: bool) -> None:
        self._run.advance()
        self._run.count("files")
        user_id, key = file["userID"]["S"], file["fileKey"]["S"]
        faults = file_checks.faults_of(file)
        for fault in faults:
            self._run.error(f"{user_id}/{key}", fault.reason)
        if faults:
            return
        if file_checks.is_overdue(file):
            reason = f"a {file['status']['S']} file that expired days ago: does the table have its TTL?"
            self._run.mend(f"{user_id}/{key}", reason, "expired files removed", lambda: remove_expired(file))
        # Read again: the todo may have been made after the walk over the todos went by.
        elif alone and not file_checks.has_expired(file) and not todo_walks.read_todo(user_id, file["todoID"]["S"]):
            reason = "a file without todo"
            self._run.mend(f"{user_id}/{key}", reason, "files without todo, removed", lambda: remove_file(file))
