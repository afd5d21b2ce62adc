"""A stage as the stacks made it, called from outside as a browser calls it."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.cloud.running import Stage
from tests.cloud.visitors import Caller, Visitor, sign_up
from tests.operations import OPERATIONS, PUBLIC, Operation
from tests.test_readme import follow_the_tour
from tests.test_tour import take_tour

ORIGIN = "https://todo.example.com"


def test_the_tour_passes_through_api_gateway_and_load_balancer(stage: Stage) -> None:
    alice = sign_up(stage)
    take_tour(alice.api, alice.sub)


def test_the_readmes_tour_passes_through_them_too(stage: Stage, tmp_path: Path) -> None:
    token = f"echo {sign_up(stage).id_token}"
    addresses = {f"http://localhost:{port}": stage.url for port in (8081, 8082)}
    follow_the_tour(tmp_path, {**addresses, "make -s token USER=alice@example.com": token})


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_reaches_the_container_of_its_role(
    stage: Stage, operation: Operation, visitor: Visitor
) -> None:
    path = operation.path(todo_id="todo-1", file_id="file-1")
    answer = visitor.api.call(operation.method, path, operation.body, **operation.headers)
    role = "todos" if "/todos" in operation.route else "files"
    assert stage.gateway.reached[-1][:3] == (role, operation.method, path)
    assert (answer.status_code < 500, answer.headers["X-Request-ID"]) == (True, "gateway-1")


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_schemas_and_documentation_are_open(stage: Stage, method: str, path: str) -> None:
    assert Caller(stage.url, None).call(method, f"/{path}").status_code == 200
    assert stage.gateway.reached[-1][:3] == (path.partition("/")[0], method, f"/{path}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@pytest.mark.parametrize("token", [None, "", "Bearer ", "not-a-token"])
def test_without_a_token_nothing_gets_past_the_gateway(stage: Stage, operation: Operation, token: str | None) -> None:
    before = len(stage.gateway.reached)
    path = operation.path(todo_id="todo-1", file_id="file-1")
    answer = Caller(stage.url, token).call(operation.method, path, operation.body)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert len(stage.gateway.reached) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/"),
        ("GET", "/me"),
        ("GET", "/me/todos/"),
        ("GET", "/me/todos/x/y"),
        ("PUT", "/me/todos"),
        ("DELETE", "/me/todos"),
        ("GET", "/me/todos/x/restore"),
        ("POST", "/x/files/y"),
        ("TRACE", "/me/todos"),
        ("POST", "/todos/schema"),
        ("GET", "/me/todos/../../healthz"),
        ("GET", "//me/todos"),
    ],
)
def test_what_is_no_route_is_answered_by_the_gateway(stage: Stage, visitor: Visitor, method: str, path: str) -> None:
    before = len(stage.gateway.reached)
    answer = stage.gateway.answer(method, path, {"Authorization": visitor.id_token}, b"")
    assert (answer.status, answer.body) == (404, b'{"message": "Not Found"}')
    assert len(stage.gateway.reached) == before


def test_an_access_token_does_as_well_and_bearer_before_it(stage: Stage, visitor: Visitor) -> None:
    listed = visitor.api.get("/me/todos").json()
    for token in (visitor.access_token, f"Bearer {visitor.access_token}", f"Bearer {visitor.id_token}"):
        assert Caller(stage.url, token).get("/me/todos").json() == listed


def test_a_token_of_the_staffs_pool_is_refused_by_the_gateway(stage: Stage) -> None:
    staff = sign_up(stage, pool="auth.StaffUserPool", client="auth.StaffClient")
    answer = staff.api.get("/me/todos")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_what_a_client_says_of_itself_is_overwritten(stage: Stage, visitor: Visitor) -> None:
    forged = {"x-client-ip": "198.51.100.1", "X-Client-IP": "198.51.100.2", "X-CLIENT-PROTO": "http"}
    forged |= {"X-Request-ID": "forged", "X-Forwarded-For": "198.51.100.3"}
    headers = {"Authorization": visitor.id_token, **forged}
    assert stage.gateway.answer("GET", "/me/todos", headers, b"").status == 200
    reached = [(name.lower(), value) for name, value in stage.gateway.reached[-1].headers.items()]
    told = sorted(each for each in reached if each[0].startswith("x-"))
    assert told == [
        ("x-client-ip", "203.0.113.7"),
        ("x-client-proto", "https"),
        ("x-forwarded-for", "198.51.100.3, 10.0.0.9"),
        ("x-forwarded-proto", "http"),
        ("x-request-id", "gateway-1"),
    ]


@pytest.mark.parametrize("path", ["/me/todos", "/x/files", "/nowhere"])
def test_a_browser_of_the_website_reads_every_answer_and_no_other_does(stage: Stage, path: str) -> None:
    for token in (None, "expired"):
        answer = Caller(stage.url, token).get(path, Origin=ORIGIN)
        assert answer.status_code in (401, 404)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert (
            "Access-Control-Allow-Origin"
            not in Caller(stage.url, token).get(path, Origin="https://evil.example").headers
        )


def test_a_preflight_is_answered_by_the_gateway_as_the_service_would(stage: Stage) -> None:
    before = len(stage.gateway.reached)
    asked = {"Origin": ORIGIN, "Access_Control_Request_Method": "PATCH"}
    answer = Caller(stage.url, None).call("OPTIONS", "/me/todos/x", **asked)
    told = {
        name: set(answer.headers[f"Access-Control-{name}"].lower().split(","))
        for name in ("Allow-Methods", "Allow-Headers")
    }
    assert (answer.status_code, told) == (
        204,
        {
            "Allow-Methods": {each.lower() for each in settings.CORS_ALLOW_METHODS},
            "Allow-Headers": set(settings.CORS_ALLOW_HEADERS),
        },
    )
    exposed = {each.strip().lower() for each in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed == {each.lower() for each in settings.CORS_EXPOSE_HEADERS}
    assert len(stage.gateway.reached) == before
