from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from files.maintenance.reconciliation import Reconciler
from files.maintenance.walks import has_records, user_ids
from files.models import FileModel
from files.storage import files_storage
from todoproject.aws.partitions import Segment, about_how_many
from todoproject.maintenance.command import MaintenanceCommand, add_user_option
from todoproject.maintenance.run import Run, Stage, each, only


class Command(MaintenanceCommand):
    help = """Compare the bucket with the table, both ways, and mend what differs.

    Objects without a record are deleted once they are two days old: an upload that was never completed, a form posted
    again after its file was deleted. A stored file without an object ends, its bytes leave the count. An object of
    another size or type than its record says, and a count that is not the sum, are put right."""
    example = "manage.py reconcile_files --apply --rate 200 --segments 4"

    may_change = frozenset({"most"})

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--most",
            type=int,
            default=1000,
            metavar="N",
            help="stop before more than N objects or N records are deleted (%(default)s): so many missing halves are "
            "more likely the wrong bucket, or a table from a backup",
        )
        add_user_option(parser)
        parser.add_argument("--skip-types", action="store_true", help="do not ask S3 for the type of each object")
        super().add_arguments(parser)

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        reconciler = Reconciler(run, most=options["most"], types=not options["skip_types"])

        if options["user"]:
            return [Stage("records", only(options["user"]), reconciler.reconcile)]
        return [
            Stage("records", each(user_ids), reconciler.reconcile, total=about_how_many(FileModel)),
            Stage("objects of users without records", each(_folders_without_records), reconciler.reconcile),
        ]


def _folders_without_records(segment: Segment, after: str | None) -> Iterator[str]:
    """S3 lists in one order only, so the first segment takes them all."""
    for folder in [] if segment.number else files_storage().list_folders(after=after or ""):
        if not has_records(folder):
            yield folder
