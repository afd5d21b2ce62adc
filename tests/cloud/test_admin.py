"""The staff admin of a running stage as it is seen from outside: its pages, what looks like them, and forged forms."""

import pytest

from tests.cloud.running import Stage
from tests.cloud.staff import Member
from tests.cloud.test_routes import ADMIN_PATHS, METHODS, closed_api
from tests.cloud.visitors import Caller, Visitor, sign_up
from tests.cloud.work import new_todo
from tests.support.staff import LOGIN


def test_what_only_looks_like_a_page_needs_a_customers_token_and_is_none(stage: Stage, visitor: Visitor) -> None:
    """`/{userID}/todos` takes /admin/todos, `/{todoID}/files/{fileID}` /admin/files/file: both go on to the todos
    container, which knows no such user and no such page. A stage that opens the admin has the same routes and more."""
    closed = closed_api()
    routes = {
        (method, path.rstrip("/")): closed.route(method, path.rstrip("/")) for method in METHODS for path in ADMIN_PATHS
    }
    alike = {asked: route for asked, route in routes.items() if route}
    assert {path for _, path in alike} == {"/admin/todos", "/admin/todos/todo", "/admin/files/file"}
    for (method, path), route in alike.items():
        assert route.authorizer, (method, path)
        answer = visitor.api.call(method, path)
        sent_to_sign_in = answer.headers.get("Location", "").startswith(LOGIN)
        assert answer.status_code in (404, 405) or sent_to_sign_in, (method, path)
    assert closed.route("GET", LOGIN) is None


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_every_page_is_reached_where_the_admin_is_open(stage: Stage, path: str) -> None:
    Caller(stage.url, None).get(path)
    assert stage.gateway.reached[-1][:3] == ("todos", "GET", path)


@pytest.fixture(scope="module")
def member(stage: Stage) -> Member:
    return Member.signed_in(stage, "support")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://api.example.com.evil.example"},
        {"Origin": "http://api.example.com"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": None, "Referer": "https://evil.example/admin/"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused_and_changes_nothing(
    stage: Stage, member: Member, headers: dict[str, str | None]
) -> None:
    """Even with the right token, which no other site can read."""
    customer = sign_up(stage)
    todo_id = new_todo(customer)
    page = f"/admin/todos/todo/{customer.sub}~{todo_id}/change/"
    form = {"title": "Milk", "description": "", "notes": "", "date_due": "", "read_version": 1}
    assert member.post(page, form, **headers).status_code == 403
    assert Member.invited(stage, "support").post(LOGIN, {"email": "x", "password": "y"}, **headers).status_code == 403
    assert customer.api.get(f"/me/todos/{todo_id}").json()["title"] == "Renew passport"


def test_the_admins_own_form_needs_its_token(stage: Stage, member: Member) -> None:
    customer = sign_up(stage)
    todo_id = new_todo(customer)
    page = f"/admin/todos/todo/{customer.sub}~{todo_id}/change/"
    form = {"title": "Milk", "description": "", "notes": "", "date_due": "", "read_version": 1}
    for token in ("", "x" * 64):
        assert member.post(page, {**form, "csrfmiddlewaretoken": token}).status_code == 403
    assert customer.api.get(f"/me/todos/{todo_id}").json()["title"] == "Renew passport"
    assert member.post(page, form).status_code == 302
    assert customer.api.get(f"/me/todos/{todo_id}").json()["title"] == "Milk"
