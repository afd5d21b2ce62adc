import argparse
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from files.maintenance import copies as file_copies
from todoproject.aws.partitions import Segment
from todoproject.maintenance.command import MaintenanceCommand, Refused, add_user_option, refuse_on_aws
from todoproject.maintenance.run import Run, Stage
from todoproject.management.demo import demo_user
from todos.maintenance import copies as todo_copies


class Command(MaintenanceCommand):
    help = """Fill a stand-in with made-up users, todos and files. The same seed and day give the same, and what is
    there already stays. The users have no accounts; --user gives the todos to somebody who has one.

    Refuses to run against AWS."""
    example = "manage.py seed_demo --users 1000 --todos 100 --files 5 --seed 7 --apply --segments 8"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=_number, default=3, metavar="N", help="how many (%(default)s)")
        parser.add_argument("--todos", type=_number, default=30, metavar="N", help="of each user (%(default)s)")
        parser.add_argument("--files", type=_number, default=3, metavar="N", help="of each user (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="%(default)s")
        parser.add_argument("--today", type=date.fromisoformat, metavar="DAY", help="the day the dates are around")
        add_user_option(parser, "the one user who gets it all")
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        refuse_on_aws("Made-up users do not belong there.")
        if options["user"] and options["users"] != 1:
            raise Refused("--user takes --users 1: all of it is for one.")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        today = options["today"] or timezone.now().date()

        def walk(segment: Segment, after: str | None) -> Iterator[tuple[str, int]]:
            for number in range(segment.number, options["users"], segment.total):
                if after is None or number > int(after):
                    yield str(number), number

        def work(number: int) -> None:
            counts = {"todos": options["todos"], "files": options["files"]}
            for todo, files in demo_user(options["seed"], number, **counts, today=today, user_id=options["user"]):
                run.advance()
                kept = run.applies and todo_copies.add_copy(todo)
                run.count("todos there already" if kept else "todos made" if run.applies else "todos to make")
                for file, content in files:
                    kept = run.applies and file_copies.add_copy(file, content)
                    run.count("files there already" if kept else "files made" if run.applies else "files to make")
            run.count("users")

        total = options["users"] * options["todos"]
        return [Stage("todos", walk, work, label=lambda number: f"user {number}", total=total)]


def _number(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10**9:
        raise argparse.ArgumentTypeError("must be a number from 0 to 1,000,000,000")
    return value
