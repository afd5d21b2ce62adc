import contextlib
from typing import Any

from django.core.management.base import CommandParser

from todoproject.aws.folders import Folder, open_folder
from todoproject.aws.partitions import about_how_many
from todoproject.maintenance.command import MaintenanceCommand, Refused, add_user_option
from todoproject.maintenance.run import Run, Stage, each, only
from todoproject.management.export import SUMMARY, Exporter
from todos.maintenance.walks import read_one, user_ids
from todos.models import TodoModel


class Command(MaintenanceCommand):
    help = """Copy users, their todos and their files into a folder: JSON Lines, and the files beside them.

    The same data gives the same bytes. A user's file is not a picture of one moment: who writes meanwhile may be
    copied as before or as after. Uploads that are not complete are left out."""
    example = "manage.py export_data s3://my-exports/2026-11-25 --apply --segments 8"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="an empty one: a path of this machine or s3://bucket/prefix")
        add_user_option(parser)
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        refuse_unless_empty(options["folder"], resuming=bool(options["resume"]))
        if options["user"] and not read_one(options["user"]):
            raise Refused(f"--user {options['user']}: nothing is stored of this user.")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        self._exporter = Exporter(run, open_folder(options["folder"]))

        if options["user"]:
            return [Stage("todos", only(options["user"]), self._exporter.export)]
        return [Stage("todos", each(user_ids), self._exporter.export, total=about_how_many(TodoModel))]

    def finish(self, run: Run, options: dict[str, Any]) -> None:
        if run.applies:
            self._exporter.finish()


def refuse_unless_empty(address: str, *, resuming: bool = False) -> Folder:
    """Raises Refused."""
    try:
        folder = open_folder(address)
    except ValueError as exc:
        raise Refused(str(exc)) from None
    with contextlib.suppress(OSError):
        folder.size(SUMMARY)
        raise Refused(f"{address} holds an export already. Choose another folder.")
    if not resuming and next(folder.names("users"), None):
        raise Refused(f"{address} holds an export that was not finished. Go on with --resume, or empty the folder.")
    return folder
