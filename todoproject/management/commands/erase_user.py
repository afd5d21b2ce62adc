from typing import Any

from django.core.management.base import CommandParser

from todoproject.api.problems import Problem
from todoproject.aws import user_pools
from todoproject.maintenance.command import MaintenanceCommand, Refused
from todoproject.maintenance.faults import is_user_id
from todoproject.maintenance.run import Run, Stage, only
from todoproject.management.commands.export_data import refuse_unless_empty
from todoproject.management.erasure import erase, is_known, preview, refuse_without_audit
from todoproject.management.export import Exporter


class NotWhollyExported(Problem):
    detail = "Not erased: the export lacks what is named above. Repair it, or erase without --export."


class Command(MaintenanceCommand):
    help = """Erase one person: todos, files with every version, what the audit trail quotes of them, and at last the
    account in Cognito. There is no way back, but for the copy that --export makes first.

    The summary holds a receipt. A request to erase stays in the table until no token of the user can be valid; the
    next purge_trash after that looks once more and removes it."""
    example = "manage.py erase_user --user alice@example.com --export s3://my-exports/alice --apply"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the sub, or the e-mail address of the account")
        parser.add_argument(
            "--export", metavar="FOLDER", help="copy everything there first: a path or s3://bucket/prefix"
        )
        super().add_arguments(parser)

    def refuse(self, options: dict[str, Any]) -> None:
        refuse_without_audit()
        account = user_pools.get_customer(options["user"]) if options["user"] else None
        if account is None and not (is_user_id(options["user"]) and is_known(options["user"])):
            raise Refused(
                f"--user {options['user']}: there is no such account, and nothing is stored of such a sub. "
                "If the account is deleted already, give its sub."
            )
        self._user_id = account.sub if account else options["user"]
        if options["export"]:
            self._folder = refuse_unless_empty(options["export"], resuming=bool(options["resume"]))

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        def work(user_id: str) -> None:
            if options["export"]:
                exporter = Exporter(run, self._folder)
                exporter.export(user_id)
                if run.applies:
                    exporter.finish()
                if run.error_count:
                    raise NotWhollyExported
            if run.applies:
                erase(run, user_id, exported_to=options["export"])
            else:
                preview(run, user_id)

        return [Stage("user", only(self._user_id), work)]

    def clients(self) -> list[Any]:
        return [*super().clients(), user_pools.client()]
