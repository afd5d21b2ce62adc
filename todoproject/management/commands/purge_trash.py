import argparse
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from files.maintenance.removal import remove_files
from files.maintenance.walks import walk_files
from todoproject.aws import user_pools
from todoproject.aws.dynamodb import Item
from todoproject.aws.partitions import Segment
from todoproject.maintenance.command import MaintenanceCommand
from todoproject.maintenance.run import Run, Stage
from todoproject.management.erasure import erase, is_waiting, preview, refuse_without_audit
from todos.maintenance.removal import NotDue, purge_todo, require_due
from todos.maintenance.walks import days_before, is_erase_request, walk_due


class Command(MaintenanceCommand):
    help = """End what was due before today: todos that were in the trash for their time, with their files, and users
    who asked to be erased. Meant to run every day; one that runs after weeks finds it all.

    Found by index, a query for each day. Of a todo first the objects go, then the records of its files, then itself:
    whatever ends the run, the next one finds the rest."""
    example = "manage.py purge_trash --apply --rate 200"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=_days, default=400, metavar="N", help="look at the last N days before today (%(default)s)"
        )
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        refuse_without_audit()

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        today = timezone.now().date()
        days = days_before(today, options["days"])

        def walk(segment: Segment, after: str | None) -> Iterator[tuple[str, Item]]:
            for day in days:
                # By the day itself, so that each stays in its segment when a run goes on after midnight.
                if day.toordinal() % segment.total == segment.number and (after is None or day.isoformat() > after):
                    # Reached is the day before: while one of the day is left, a later walk must see the day again.
                    reached = (day - timedelta(days=1)).isoformat()
                    for item in walk_due(day.isoformat()):
                        yield reached, item

        def work(item: Item) -> None:
            run.advance()
            if is_erase_request(item):
                _erase(run, item["userID"]["S"])
            else:
                _purge(run, item, today)

        return [Stage("due", walk, work, label=lambda item: f"{item['userID']['S']}/{item['todoID']['S']}")]

    def clients(self) -> list[Any]:
        return [*super().clients(), user_pools.client()]


def _days(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 36_500:
        raise argparse.ArgumentTypeError("must be 1 to 36500")
    return value


def _erase(run: Run, user_id: str) -> None:
    if is_waiting(user_id):
        run.count("users erased within the hour, to be looked at again")
    elif run.applies:
        erase(run, user_id)
    else:
        preview(run, user_id)


def _purge(run: Run, item: Item, today: date) -> None:
    user_id, todo_id = item["userID"]["S"], item["todoID"]["S"]
    try:
        todo = require_due(user_id=user_id, todo_id=todo_id, today=today)
    except NotDue:
        run.count("gone or restored by now")
        return
    if run.applies:
        run.count("files removed", remove_files(user_id, todo_id))
        purge_todo(todo)
        run.count("todos purged")
    else:
        run.count("files to remove", sum(1 for _ in walk_files(user_id, todo_id=todo_id)))
        run.count("todos to purge")
