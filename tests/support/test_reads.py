"""Whatever shows what a customer has is on record, however it is asked for; and nothing that is asked for breaks it."""

import os
from typing import Any
from urllib.parse import quote

import pytest

from deploy.local import resources
from tests.clients import PASSWORD, User
from tests.support.conftest import Todo
from tests.support.staff import Member, text_of
from tests.support.trail import events_of

TITLE = "Nobody else's business"


@pytest.fixture
def secret(todo: Todo) -> Todo:
    todo.user.api.patch(f"/me/todos/{todo.todo_id}", {"title": TITLE})
    return todo


def select(todo: Todo) -> dict[str, Any]:
    return {"index": 0, "select_across": 0, "_selected_action": [todo.key]}


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_a_page_is_shown_to_no_other_method(support: Member, secret: Todo, method: str) -> None:
    assert support.get("/admin/").status_code == 200
    token = support.browser.cookies["__Secure-support_csrf"].value
    for path in (f"/admin/todos/todo/?customer={secret.user.sub}", f"{secret.page}/change/"):
        answer = support.browser.generic(method, path, headers={"x-csrftoken": token})
        assert (answer.status_code, answer.content, answer.headers["Allow"]) == (405, b"", "GET, HEAD, POST")


def test_a_list_that_answers_a_form_is_on_record(support: Member, secret: Todo) -> None:
    answer = support.post(f"/admin/todos/todo/?customer={secret.user.sub}", {})
    assert (answer.status_code, "business" in text_of(answer)) == (200, True)
    assert [event["action"] for event in events_of(secret.user.sub)] == ["list"]


def test_a_form_that_comes_back_is_on_record(support: Member, secret: Todo) -> None:
    answer = support.post(f"{secret.page}/change/", {"title": "", "read_version": 2})
    assert (answer.status_code, "Two\nlines" in text_of(answer)) == (200, False)
    assert [event["action"] for event in events_of(secret.user.sub)] == ["view"]


def test_what_is_to_be_deleted_is_on_record_before_it_is_shown(support: Member, secret: Todo) -> None:
    shown = [
        support.get(f"{secret.page}/delete/"),
        support.post("/admin/todos/todo/", {"action": "delete_selected", **select(secret)}),
        support.get(f"{secret.file_page}/delete/"),
        support.get(f"{secret.file_page}/download/"),
    ]
    assert [answer.status_code for answer in shown] == [200] * 4
    events = events_of(secret.user.sub)
    assert [(event["action"], event["targetType"]) for event in events] == [("view", "todo")] * 2 + [
        ("view", "file")
    ] * 2


def test_an_act_that_was_refused_is_on_record_with_its_reason(support: Member, secret: Todo) -> None:
    secret.user.api.delete(f"/me/todos/{secret.todo_id}")
    assert support.post("/admin/todos/todo/", {"action": "complete", **select(secret)}).status_code == 302
    [event] = events_of(secret.user.sub)
    assert (event["action"], event["outcome"]) == ("complete", "failed")
    assert event["reason"] == "The todo is in the trash. Restore it first, then change it."
    assert "business" in text_of(support.get("/admin/"))


ODD = ["x" * 300, "x" * 3000, "\0", "a\nb", " ", "é😀", "%", "*", "'\"\\", "a(b", "a/b?c#d", "_5F", "<b>"]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[1:12])
def test_no_search_breaks_a_list_or_the_trail(reader: Member, odd: str) -> None:
    for path in ("support/customer/?q", "todos/todo/?customer", "files/file/?customer", "support/event/?customer"):
        answer = reader.get(f"/admin/{path}={quote(odd, safe='')}")
        assert answer.status_code in (200, 302), (path, text_of(answer))
    assert reader.get("/admin/support/event/").status_code == 200
    assert reader.get(f"/admin/support/event/?staff={reader.sub}").status_code == 200


def test_a_list_without_a_search_takes_no_notice_of_one(support: Member) -> None:
    for path in ("files/file", "support/event"):
        assert support.get(f"/admin/{path}/?q=x").status_code == 200


def test_a_customers_lists_are_found_by_the_address_too(support: Member, secret: Todo) -> None:
    assert TITLE.partition("'")[0] in text_of(support.get(f"/admin/todos/todo/?customer={secret.user.email}"))
    [event] = events_of(secret.user.sub)
    assert (event["action"], event["customerEmail"], event["values"]) == ("list", secret.user.email, {})


def test_filters_that_exclude_each_other_find_nothing(support: Member, secret: Todo) -> None:
    page = f"/admin/todos/todo/?customer={secret.user.sub}&due=none"
    found = ["business" in text_of(support.get(f"{page}{more}")) for more in ("", "&status=open", "&status=completed")]
    assert found == [True, True, False]


def test_a_search_that_finds_more_than_cognito_gives_says_so(support: Member, alice: User) -> None:
    assert "This list is partial" not in text_of(support.get(f"/admin/support/customer/?q={alice.email}"))
    beginning = f"many-{alice.sub[:8]}-"
    for number in range(61):
        email = f"{beginning}{number}@example.com"
        resources.create_user(os.environ, os.environ["COGNITO_USER_POOL_ID"], email=email, password=PASSWORD)
    assert "This list is partial" in text_of(support.get(f"/admin/support/customer/?q={beginning}"))
