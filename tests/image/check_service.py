"""The image at work: two containers, one for each role, as ECS starts, asks, overrides and stops them."""

import json
import re
import socket
import time

import pytest
import requests

from tests.image.conftest import serving
from tests.image.engine import ROOT, Container, Engine, wait_until
from tests.image.tour import take_tour

# Seconds, as gunicorn.conf.py and the task definition have them.
GRACEFUL_TIMEOUT = 25
STOP_TIMEOUT = 40

# Every AWS service that the code asks for by name, and what it needs of each: a client is made of the description
# that the Dockerfile must have left in place.
LOAD_SERVICES = """
import ast, pathlib, boto3, botocore.session
named = {"cognito-idp", "dynamodb", "s3", "sts"}
for path in pathlib.Path("/app").rglob("*.py"):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"client", "create_client", "resource"}:
            given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "service_name")]
            named |= {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
for name in sorted(named):
    client = boto3.client(name, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    print(name, client.meta.endpoint_url)
    for operation in client.meta.service_model.operation_names:
        client.meta.service_model.operation_model(operation)
    client.waiter_names, [client.can_paginate(method) for method in client.meta.method_to_api_mapping]
boto3.resource("s3", region_name="eu-west-1").Bucket("x")
"""


def test_a_user_can_take_the_tour(todos: Container, files: Container, token: str) -> None:
    take_tour(todos_url=todos.url, files_url=files.url, token=token)
    for container in (todos, files):
        assert not re.search(r"\[?(ERROR|CRITICAL)|Traceback", container.logs), container.logs


def test_each_role_serves_its_own_routes_and_its_documentation_only(
    todos: Container, files: Container, token: str
) -> None:
    asked = {
        (role, path): requests.get(container.url + path, headers={"Authorization": token}, timeout=10).status_code
        for role, container in (("todos", todos), ("files", files))
        for path in ("/todos/docs", "/todos/schema", "/me/todos", "/files/docs", "/files/schema", "/abc/files")
    }
    assert asked == {(role, path): 200 if role in path else 404 for role, path in asked}


def test_the_staff_admin_and_its_style_sheets_are_in_the_todos_role_only(todos: Container, files: Container) -> None:
    for path in ("/admin/login/", "/admin/static/admin/css/base.css", "/admin/static/support/support.css"):
        assert [requests.get(each.url + path, timeout=10).status_code for each in (todos, files)] == [200, 404]


@pytest.mark.parametrize("role", ["todos", "files"])
def test_the_service_has_no_rights_and_nothing_but_memory_to_write_to(
    role: str, request: pytest.FixtureRequest
) -> None:
    container: Container = request.getfixturevalue(role)
    status = dict(
        line.split(":\t", 1) for line in container.execute("cat", "/proc/1/status").output.splitlines() if ":\t" in line
    )
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()
    assert {status[each] for each in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    for folder in ("/", "/app", "/venv", "/tmp", "/var/tmp", "/etc"):
        refused = container.execute("touch", f"{folder}/written")
        assert (refused.exit_status, "Read-only file system" in refused.output) == (1, True), refused.output
    where = container.execute("python", "-c", "import tempfile; print(tempfile.NamedTemporaryFile().name)")
    assert where.output.startswith("/dev/shm/")


@pytest.mark.parametrize("role", ["todos", "files"])
def test_the_health_check_that_the_dockerfile_proposes_works(role: str, request: pytest.FixtureRequest) -> None:
    proposed = re.search(r"^#\s+(\[\"CMD\", .+\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert proposed
    check = json.loads(proposed[1])[1:]
    container: Container = request.getfixturevalue(role)
    assert container.execute(*check).exit_status == 0
    assert container.execute("env", "PORT=9", *check).exit_status == 1


def test_without_a_role_the_start_fails_with_a_sentence(engine: Engine, image: str, env: dict[str, str]) -> None:
    ended = engine.run_once(image, env=env, timeout=30)
    assert ended.exit_status != 0
    assert "Set the environment variable SERVICE_ROLE: the service cannot start without." in ended.output


def test_a_one_off_task_overrides_the_command(engine: Engine, image: str, env: dict[str, str]) -> None:
    ended = engine.run_once(image, "python", "manage.py", "check", env={**env, "SERVICE_ROLE": "all"})
    assert ended.exit_status == 0, ended.output
    assert "no issues" in ended.output


def test_the_descriptions_of_the_aws_services_in_use_are_in_the_image(engine: Engine, image: str) -> None:
    ended = engine.run_once(image, "python", "-c", LOAD_SERVICES, env={})
    assert ended.exit_status == 0, ended.output


def test_sigterm_finishes_what_is_in_flight(
    engine: Engine, image: str, env: dict[str, str], token: str, todos: Container, figures: dict[str, str]
) -> None:
    body = json.dumps({"title": "Sent in two halves"}).encode()
    head = (
        f"POST /me/todos HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with (
        serving(engine, image, env, "todos") as (container, _),
        socket.create_connection(("127.0.0.1", container.port), timeout=30) as slow,
        requests.Session() as idle,
    ):
        # As a load balancer's, kept open; it must not hold up the end.
        assert idle.get(f"{container.url}/healthz", timeout=5).status_code == 200
        slow.sendall(head.encode() + body[:9])
        time.sleep(0.5)  # A thread has it now, and waits for the rest.
        began = time.monotonic()
        with container.stop(timeout=STOP_TIMEOUT):
            wait_until(lambda: "Handling signal: term" in container.logs, seconds=5, what="the signal in the log")
            time.sleep(2)
            assert container.is_running
            slow.sendall(body[9:])
            answer = slow.makefile("rb").read()
            answered = time.monotonic() - began
        stopped = time.monotonic() - began
        assert container.exit_status == 0, container.logs
    assert answer.startswith(b"HTTP/1.1 201 "), answer
    assert stopped < GRACEFUL_TIMEOUT
    figures["end after SIGTERM, from the last answer"] = f"{stopped - answered:.2f} s"

    listed = requests.get(f"{todos.url}/me/todos", headers={"Authorization": token}, timeout=10).json()["todos"]
    assert "Sent in two halves" in [todo["title"] for todo in listed]
