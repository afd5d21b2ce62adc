"""The containers of a running stage write what the filters count as a defect, and only where it is one."""

import re
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cloud.balancer import containers_of
from tests.cloud.deployment import Deployment
from tests.cloud.patterns import counted
from tests.cloud.running import Service, Stage, environment
from tests.cloud.visitors import Caller, Visitor
from tests.cloud.work import new_todo, overwrite, store
from tests.faults.server import wait_until


def _counted_while(
    stage: Stage, role: str, act: Callable[[], object], log: Path | None = None
) -> tuple[Counter[str], str]:
    """What is counted of the lines that the container writes meanwhile, and these lines."""
    log = log or stage.logs[role]
    before = log.stat().st_size
    act()
    written = log.read_bytes()[before:].decode()
    container = containers_of(stage.deployment)[role]
    group = container.definition["LogConfiguration"]["Options"]["awslogs-group"]
    return counted(stage.deployment, group, *written.splitlines()), written


@pytest.mark.parametrize("role", ["todos", "files"])
def test_an_exception_that_nobody_expected_is_a_defect(stage: Stage, visitor: Visitor, role: str) -> None:
    """Of a record as no code of ours writes it."""
    todo_id = new_todo(visitor)
    if role == "todos":
        path, table, attribute = f"/me/todos/{todo_id}", "data.TodosTable", "title"
        key = {"userID": visitor.sub, "todoID": todo_id}
    else:
        file_id = store(visitor, todo_id)
        path, table, attribute = f"/{todo_id}/files/{file_id}", "data.FilesTable", "fileName"
        key = {"userID": visitor.sub, "fileKey": f"{todo_id}#{file_id}"}
    as_it_was = {"S": visitor.api.get(path).json()[attribute]}
    overwrite(stage, table, key, {attribute: {"N": "1"}})
    statuses: list[int] = []
    found, written = _counted_while(stage, role, lambda: statuses.append(visitor.api.get(path).status_code))
    # Other tests of the stage check every record.
    overwrite(stage, table, key, {attribute: as_it_was})
    assert statuses == [500]
    assert "Traceback" in written
    assert found == {"Defects": 1}


@pytest.mark.parametrize("role", ["todos", "files"])
def test_what_a_client_did_wrong_is_none(stage: Stage, visitor: Visitor, role: str) -> None:
    path = {"todos": "/me/todos", "files": "/unknown/files"}[role]
    statuses: list[int] = []

    def try_this_and_that() -> None:
        for method, called, body in (
            ("GET", f"{path}/unknown", None),
            ("POST", path, {}),
            ("DELETE", f"{path}/unknown", None),
            ("GET", f"/{role}/docs", None),
        ):
            statuses.append(visitor.api.call(method, called, body).status_code)

    found, written = _counted_while(stage, role, try_this_and_that)
    assert set(statuses) >= {404, 400, 200}
    assert written.count('"logger": "todoproject.api.requests"') == 4
    assert found == {}


def test_neither_is_aws_out_of_reach_nor_too_much_at_once_nor_a_missing_token(
    stage: Stage, visitor: Visitor, tmp_path: Path
) -> None:
    """A container for one request at a time, whose DynamoDB takes calls and says nothing."""
    log = tmp_path / "todos.log"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        env = environment(containers_of(stage.deployment)["todos"], stage.deployment, stage.names) | {
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ATTEMPTS": "1",
            # Until the test lets go: nobody is turned away once that is over.
            "AWS_READ_TIMEOUT": "30",
            "WEB_CONCURRENCY": "1",
            "MAX_IN_FLIGHT": "1",
        }
        with Service("todos", env, log=log, calls=tmp_path / "calls") as service:
            service.wait()

            def list_todos(token: str | None) -> int:
                return Caller(f"http://127.0.0.1:{service.port}", token).get("/me/todos").status_code

            def overload() -> None:
                with ThreadPoolExecutor(1) as pool:
                    waiting = pool.submit(list_todos, visitor.id_token)
                    connection, _ = silent.accept()
                    with connection:
                        assert list_todos(visitor.id_token) == 503
                        # The worker counts what it refuses, and says so each half second.
                        wait_until(lambda: b'"overloaded"' in log.read_bytes(), seconds=20, what="a line that counts")
                    assert waiting.result() == 503
                # The worker may not have got round yet to giving that one's place away.
                wait_until(lambda: list_todos(None) == 401, seconds=20, what="a 401")

            found, written = _counted_while(stage, "todos", overload, log)
    assert re.findall(r'"status": (\d+)', written) == ["503", "401"]
    assert re.findall(r'"refused": (\d+)', written)[0] == "1"
    assert found == {}


def test_both_services_are_counted_alike(deployment: Deployment) -> None:
    todos, files = (deployment[f"watch.{role}DefectsFilter"].properties for role in ("Todos", "Files"))
    assert todos["FilterPattern"] == files["FilterPattern"]
    assert todos["LogGroupName"] != files["LogGroupName"]
