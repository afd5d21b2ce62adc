"""Everything that customers and operators do, done once in a stage whose processes note what they ask of AWS."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from deploy.local import resources
from files.models import new_file_id, object_key_of
from tests.cloud.balancer import containers_of
from tests.cloud.recorder import manage_recorded
from tests.cloud.running import Stage, create_table, environment
from tests.cloud.visitors import Visitor, sign_up
from tests.operations import OPERATIONS
from tests.processes import Running
from tests.test_tour import take_tour, upload
from todoproject.aws.dynamodb import written_time
from todos.models import list_order_of
from todos.services import DAYS_IN_TRASH


def work(stage: Stage) -> None:
    """Every operation of the API, on what is there and on what is not, and the tour."""
    alice = sign_up(stage)
    take_tour(alice.api, alice.sub)
    for operation in OPERATIONS:
        todo_id = new_todo(alice)
        file_id = store(alice, todo_id)
        for todo, file in ((todo_id, file_id), ("unknown", "unknown")):
            path = operation.path(todo_id=todo, file_id=file)
            body = {"confirm": alice.sub} if path.endswith("erase-account") else operation.body
            alice.api.call(operation.method, path, body, **operation.headers)


def new_todo(visitor: Visitor) -> str:
    return str(visitor.api.post("/me/todos", {"title": "Renew passport"}).json()["todoID"])


def store(visitor: Visitor, todo_id: str) -> str:
    """A file of the todo, uploaded as a browser does it."""
    content = b"%PDF-1.4"
    announced = {"fileName": "form.pdf", "size": len(content), "contentType": "application/pdf"}
    started = visitor.api.post(f"/{todo_id}/files", announced).json()
    assert upload(started["upload"], content).status_code == 204
    file_id = str(started["file"]["fileID"])
    assert visitor.api.post(f"/{todo_id}/files/{file_id}/complete").status_code == 200
    return file_id


def maintain(stage: Stage, calls: Path) -> None:
    """Every maintenance command, with something to do, as the task would run it."""
    exports = f"s3://{stage.deployment['data.ExportsBucket'].physical_id}"
    due, leaving, erased = sign_up(stage), sign_up(stage), sign_up(stage)
    for visitor in (due, leaving, erased):
        store(visitor, new_todo(visitor))
    todo_id = due.api.get("/me/todos").json()["todos"][0]["todoID"]
    assert due.api.delete(f"/me/todos/{todo_id}").status_code == 204
    assert leaving.api.post("/me/todos/erase-account", {"confirm": leaving.sub}).status_code == 202
    _run(stage, calls, "check_data")
    restored = _restore_tables(stage, without=erased)
    _run(stage, calls, "check_data", ends_with=1, **restored)
    _run(stage, calls, "reconcile_files", **restored)
    _run(stage, calls, "export_data", f"{exports}/restored", "--user", due.sub, "--apply", **restored)
    overwrite(stage, "data.FilesTable", {"userID": due.sub, "fileKey": "usage"}, {"storedBytes": {"N": "1"}})
    _run(stage, calls, "check_data", "--repair", "--apply")
    _run(stage, calls, "export_data", f"{exports}/all", "--apply")
    _make_due(stage, due, todo_id)
    _run(stage, calls, "purge_trash", "--apply", "--json")
    event = {"customerID": erased.sub, "eventID": f"{written_time(datetime.now(UTC))}#{'0' * 32}"}
    overwrite(stage, "data.AuditTable", event, {"customerEmail": {"S": erased.email}})
    _run(stage, calls, "erase_user", "--user", erased.email, "--export", f"{exports}/one", "--apply")
    _run(stage, calls, "import_data", f"{exports}/one", "--apply")
    _leave_an_object_without_a_record(stage, erased)
    _run(stage, calls, "reconcile_files", "--apply", "--json")


def _run(stage: Stage, calls: Path, *command: str, ends_with: int = 0, **told: str) -> None:
    """`told` are variables that differ from the task definition's."""
    (container,) = containers_of(stage.deployment, "maintenance.MaintenanceTaskDefinition").values()
    env = environment(container, stage.deployment, stage.names) | told
    ended = Running(manage_recorded, str(calls), *command, env=env).wait()
    assert ended.code == ends_with, (command, ended)


def _restore_tables(stage: Stage, *, without: Visitor) -> dict[str, str]:
    """What point-in-time recovery makes beside the tables, not to the same second: one visitor's todos are missing.

    The answer is the variables that lead there.
    """
    dynamodb, told = resources.client("dynamodb", os.environ), {}
    for variable, name in (("TODOS_TABLE", "data.TodosTable"), ("FILES_TABLE", "data.FilesTable")):
        table = stage.deployment[name]
        told[variable] = f"{table.physical_id}-restored"
        create_table(table, name=told[variable])
        for page in dynamodb.get_paginator("scan").paginate(TableName=table.physical_id):
            for item in page["Items"]:
                if variable == "FILES_TABLE" or item["userID"]["S"] != without.sub:
                    dynamodb.put_item(TableName=told[variable], Item=item)
    return told


def _make_due(stage: Stage, visitor: Visitor, todo_id: str) -> None:
    """As if the todo had been thrown away forty days ago."""
    deleted = datetime.now(UTC) - timedelta(days=40)
    order = list_order_of(date_due=None, date_created="", date_completed=None, date_deleted=written_time(deleted))
    changes = {
        "dateDeleted": written_time(deleted),
        "listOrder": order,
        "purgeDay": (deleted + timedelta(days=DAYS_IN_TRASH)).date().isoformat(),
    }
    key = {"userID": visitor.sub, "todoID": todo_id}
    overwrite(stage, "data.TodosTable", key, {name: {"S": value} for name, value in changes.items()})


def overwrite(stage: Stage, table: str, key: dict[str, str], changes: dict[str, dict[str, str]]) -> None:
    """Behind the service's back."""
    resources.client("dynamodb", os.environ).update_item(
        TableName=stage.deployment[table].physical_id,
        Key={name: {"S": value} for name, value in key.items()},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
        ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
    )


def _leave_an_object_without_a_record(stage: Stage, visitor: Visitor) -> None:
    bucket = stage.deployment["data.FilesBucket"].physical_id
    resources.client("s3", os.environ).put_object(
        Bucket=bucket, Key=object_key_of(visitor.sub, str(uuid4()), new_file_id()), Body=b"x"
    )
