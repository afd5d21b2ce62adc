import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from todoproject.aws.folders import Folder, open_folder
from todoproject.aws.partitions import Segment
from todoproject.maintenance.command import MaintenanceCommand, Refused, add_user_option
from todoproject.maintenance.run import Run, Stage, each
from todoproject.management.records import user_path
from todoproject.management.restore import Importer


class Command(MaintenanceCommand):
    help = """Bring users back from an export.

    Everything is read and checked before the first write: each line, and the content of each file. What is there
    already is never changed: the same is passed over, something else is a conflict, and named. Run it again after a
    kill; it goes on where it was."""
    example = "manage.py import_data s3://my-exports/2026-11-25 --apply --segments 8"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", help="that an export was written to: a path of this machine or s3://bucket/prefix"
        )
        add_user_option(parser)
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        try:
            self._folder = open_folder(options["folder"])
        except ValueError as exc:
            raise Refused(str(exc)) from None
        if next(_paths(self._folder, options["user"], Segment(0, 1), None), None) is None:
            whose = f" of user {options['user']}" if options["user"] else ""
            raise Refused(f"{options['folder']} holds no export{whose}.")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        importer = Importer(run, self._folder, options["user"])

        walk = each(partial(_paths, self._folder, options["user"]))
        return [
            Stage("lines checked", walk, importer.check, end=importer.check_totals, adds_up=True),
            Stage("lines brought back", walk, importer.bring_back),
        ]


def _paths(folder: Folder, user_id: str | None, segment: Segment, after: str | None) -> Iterator[str]:
    for path in folder.names("users"):
        if user_id is not None and path != user_path(user_id):
            continue
        if zlib.crc32(path.encode()) % segment.total == segment.number and (after is None or path > after):
            yield path
