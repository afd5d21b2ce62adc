from collections.abc import Iterator
from typing import Any

from todoproject.aws.dynamodb import Table
from todoproject.aws.partitions import Segment
from todoproject.maintenance.command import MaintenanceCommand, refuse_on_aws
from todoproject.maintenance.run import Run, Stage
from todoproject.management import tables
from todoproject.management.erasure import refuse_without_audit


class Command(MaintenanceCommand):
    help = """Make the tables in a stand-in, from the same definition that the models are: keys, indexes, time to live,
    and point-in-time recovery where the stand-in has it. A table that is there already is only compared.

    Refuses to run against AWS, where CloudFormation makes them."""
    example = "AWS_ENDPOINT_URL_DYNAMODB=http://localhost:8084 manage.py create_tables --apply"

    def refuse(self, options: dict[str, Any]) -> None:
        refuse_without_audit()
        refuse_on_aws("On AWS the CloudFormation template makes the tables.")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        def walk(segment: Segment, after: str | None) -> Iterator[tuple[str, type[Table]]]:
            for model in sorted(tables.MODELS, key=_name)[segment.number :: segment.total]:
                yield _name(model), model

        def work(model: type[Table]) -> None:
            run.advance()
            if model.exists():
                run.count("tables there already")
            elif not run.applies:
                run.count("tables to make")
                return
            else:
                run.count("tables made")
            if run.applies:
                tables.create(model)
                run.count("tables with point-in-time recovery", tables.protect(model))
            for difference in tables.differences(model):
                run.error(_name(model), difference)

        return [Stage("tables", walk, work, label=_name, total=len(tables.MODELS))]


def _name(model: type[Table]) -> str:
    return str(model.Meta.table_name)
