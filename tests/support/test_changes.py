"""What support changes, that each change is on record, and who may not."""

import json
import os
import re
from typing import Any

import pytest
import requests
from django.http import HttpResponse

from deploy.local import resources
from tests.clients import STANDIN, User
from tests.support.conftest import Todo
from tests.support.staff import Member, text_of
from tests.support.trail import events_of
from tests.uploads import store


def form(**changes: Any) -> dict[str, Any]:
    return {"title": "Milk", "description": "", "notes": "Two\r\nlines", "date_due": "", "read_version": 1, **changes}


def select(action: str, *todos: Todo, **more: Any) -> dict[str, Any]:
    keys = [todo.key for todo in todos]
    return {"action": action, "index": 0, "select_across": 0, "_selected_action": keys, **more}


def changes_of(user: User) -> list[dict[str, Any]]:
    return [event for event in events_of(user.sub) if event["action"] not in ("view", "list", "history")]


def test_an_edit_changes_what_was_edited_and_says_so_in_the_trail(support: Member, todo: Todo) -> None:
    before = todo.now()
    answer = support.post(f"{todo.page}/change/", form(title="Oat milk", date_due="2030-02-03", completed="on"))
    assert answer.status_code == 302, text_of(answer)
    after = todo.now()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"title", "dateDue", "completed", "dateCompleted", "dateUpdated", "version"}
    [event] = changes_of(todo.user)
    assert event["values"]["title"] == ["Milk", "Oat milk"]
    assert event["values"]["dateDue"] == ["", "2030-02-03"]
    assert (event["action"], event["outcome"], event["staffID"]) == ("change", "done", support.sub)
    assert (event["staffName"], event["customerEmail"]) == (support.email, todo.user.email)
    assert (event["targetType"], event["targetID"], event["address"]) == ("todo", todo.todo_id, "127.0.0.1")
    assert event["requestID"] == answer.headers["X-Request-ID"]


def test_an_edit_that_changes_nothing_writes_nothing(support: Member, todo: Todo) -> None:
    assert support.post(f"{todo.page}/change/", form()).status_code == 302
    assert (todo.now()["version"], changes_of(todo.user)) == (1, [])


def test_the_line_breaks_of_a_browser_change_nothing(support: Member, todo: Todo) -> None:
    todo.user.api.patch(f"/me/todos/{todo.todo_id}", {"notes": "Two\r\nlines", "description": "Two\nlines"})
    sent = form(description="Two\r\nlines", read_version=2)
    assert support.post(f"{todo.page}/change/", sent).status_code == 302
    assert (todo.now()["version"], changes_of(todo.user)) == (2, [])


def test_a_stale_form_writes_neither_todo_nor_event_and_loses_nothing(support: Member, todo: Todo) -> None:
    todo.user.api.patch(f"/me/todos/{todo.todo_id}", {"title": "Changed by the customer"})
    answer = support.post(f"{todo.page}/change/", form(title="Typed by support"))
    assert answer.status_code == 200
    assert "has changed since you read it" in answer.content.decode()
    assert 'value="Typed by support"' in answer.content.decode()
    assert (todo.now()["title"], changes_of(todo.user)) == ("Changed by the customer", [])


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 501},
        {"notes": "x" * 16_384},
        {"date_due": "soon"},
        {"title": "a\0b"},
        {"read_version": ""},
        {"read_version": "x"},
    ],
    ids=lambda changes: "".join(changes),
)
def test_what_the_api_refuses_the_form_refuses(support: Member, todo: Todo, changes: dict[str, Any]) -> None:
    answer = support.post(f"{todo.page}/change/", form(**changes))
    assert (answer.status_code, "errornote" in answer.content.decode()) == (200, True)
    assert (todo.now()["version"], changes_of(todo.user)) == (1, [])


def test_the_trash_and_back(support: Member, todo: Todo) -> None:
    assert support.post(f"{todo.page}/delete/", {"post": "yes"}).status_code == 302
    assert [each["todoID"] for each in todo.user.api.get("/me/todos?status=trashed").json()["todos"]] == [todo.todo_id]
    refused = support.post(f"{todo.page}/change/", form(read_version=2))
    assert (refused.status_code, "in the trash" in refused.content.decode()) == (409, True)
    assert support.post(f"{todo.page}/restore/", {}).status_code == 302
    assert todo.now()["version"] == 3
    assert [(event["action"], list(event["values"])) for event in changes_of(todo.user)] == [
        ("trash", ["dateDeleted", "purgeDay"]),
        ("restore", ["dateDeleted", "purgeDay"]),
    ]


def test_what_is_in_the_trash_already_is_trashed_again_without_effect(support: Member, todo: Todo) -> None:
    todo.user.api.delete(f"/me/todos/{todo.todo_id}")
    assert "in the trash already" in text_of(support.get(f"{todo.page}/delete/"))
    assert support.post(f"{todo.page}/delete/", {"post": "yes"}).status_code == 302
    assert 'class="deletelink"' not in support.get(f"{todo.page}/change/").content.decode()
    [trashed] = todo.user.api.get("/me/todos?status=trashed").json()["todos"]
    assert (trashed["version"], changes_of(todo.user)) == (2, [])


def test_what_is_selected_is_completed_reopened_trashed_and_restored(support: Member, alice: User) -> None:
    todos = [Todo(alice, alice.api.post("/me/todos", {"title": f"{n}"}).json()["todoID"], "") for n in range(3)]
    page = f"/admin/todos/todo/?customer={alice.sub}"
    steps = [("complete", {}), ("reopen", {}), ("delete_selected", {"post": "yes"}), ("restore", {})]
    for action, more in steps:
        assert support.post(page, select(action, *todos[:2], **more)).status_code == 302
        trashed = alice.api.get("/me/todos?status=trashed").json()["todos"]
        completed = alice.api.get("/me/todos?status=completed").json()["todos"]
        assert len(completed) == (2 if action == "complete" else 0)
        assert len(trashed) == (2 if action == "delete_selected" else 0)
    acts = [event["action"] for event in changes_of(alice)]
    assert acts == ["complete"] * 2 + ["reopen"] * 2 + ["trash"] * 2 + ["restore"] * 2
    assert todos[2].now()["version"] == 1


def test_one_that_is_refused_does_not_stop_the_others_and_is_named(support: Member, alice: User) -> None:
    todos = [Todo(alice, alice.api.post("/me/todos", {"title": f"No. {n}"}).json()["todoID"], "") for n in range(2)]
    alice.api.delete(f"/me/todos/{todos[0].todo_id}")
    page = f"/admin/todos/todo/?customer={alice.sub}"
    assert support.post(page, select("complete", *todos)).status_code == 302
    shown = support.get(page).content.decode()
    assert "1 to-do completed." in shown
    assert "No. 0: The todo is in the trash." in shown


def test_nothing_is_done_to_what_is_not_on_the_page(support: Member, todo: Todo) -> None:
    page = f"/admin/todos/todo/?customer={todo.user.sub}"
    answer = support.post(page, select("complete", todo, select_across=1))
    assert answer.status_code == 302
    assert (todo.now()["version"], changes_of(todo.user)) == (1, [])


def test_a_file_is_deleted_with_an_event_before_and_after(support: Member, todo: Todo) -> None:
    assert support.post(f"{todo.file_page}/delete/", {"post": "yes"}).status_code == 302
    assert todo.user.api.get(f"/{todo.todo_id}/files").json()["files"] == []
    assert [(event["action"], event["outcome"]) for event in changes_of(todo.user)] == [
        ("delete", "attempted"),
        ("delete", "done"),
    ]
    other = store(todo.user, todo.todo_id, b"another")
    key = f"{todo.key}~{other['fileID']}"
    page = f"/admin/files/file/?customer={todo.user.sub}"
    chosen = {"action": "delete_selected", "index": 0, "select_across": 0, "_selected_action": [key], "post": "yes"}
    assert support.post(page, chosen).status_code == 302
    assert todo.user.api.get(f"/{todo.todo_id}/files").json()["files"] == []


def test_a_download_asks_for_a_reason_and_is_on_record_before_the_link_is_shown(support: Member, todo: Todo) -> None:
    page = f"{todo.file_page}/download/"
    without = support.post(page, {"reason": ""})
    assert ("X-Amz-Signature" in without.content.decode(), changes_of(todo.user)) == (False, [])
    answer = support.post(page, {"reason": "Request 4711"}).content.decode()
    link = re.search(r'href="(http[^"]+X-Amz-Signature[^"]+)"', answer)
    assert link is not None
    address = link[1].replace("&amp;", "&")
    assert "X-Amz-Expires=60" in address
    got = requests.get(address, timeout=10)
    assert (got.content, got.headers["Content-Disposition"].partition(";")[0]) == (b"0123456789", "attachment")
    [event] = changes_of(todo.user)
    assert (event["action"], event["outcome"], event["reason"]) == ("download", "done", "Request 4711")
    assert "X-Amz" not in json.dumps(event)


# --- Accounts -----------------------------------------------------------------------------------


def account(user: User) -> dict[str, Any]:
    found: dict[str, Any] = resources.client("cognito-idp", os.environ).admin_get_user(
        UserPoolId=os.environ["COGNITO_USER_POOL_ID"], Username=user.sub
    )
    return found


def act(member: Member, user: User, name: str, reason: str = "Request 4711") -> HttpResponse:
    return member.post(f"/admin/support/customer/{user.sub}/act/", {"act": name, "reason": reason})


def test_an_account_is_disabled_and_enabled(support: Member, alice: User) -> None:
    for name, enabled in (("disable", False), ("enable", True)):
        assert act(support, alice, name).status_code == 302
        assert account(alice)["Enabled"] is enabled
    assert [(event["action"], event["outcome"], event["reason"]) for event in changes_of(alice)] == [
        (name, outcome, "Request 4711") for name in ("disable", "enable") for outcome in ("attempted", "done")
    ]


def test_a_password_reset_sends_a_code(support: Member, alice: User) -> None:
    assert act(support, alice, "start-password-reset").status_code == 302
    assert account(alice)["UserStatus"] == "RESET_REQUIRED"
    assert requests.get(f"{STANDIN}/_standin/code", params={"username": alice.email}, timeout=10).json()["code"]


def test_signing_out_everywhere_ends_the_refresh_tokens(support: Member, alice: User) -> None:
    assert act(support, alice, "sign-out-everywhere").status_code == 302
    cognito = resources.client("cognito-idp", os.environ)
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.initiate_auth(
            ClientId=os.environ["COGNITO_CLIENT_IDS"],
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": alice.refresh_token},
        )


def test_what_cognito_refuses_is_told_and_on_record_as_failed(support: Member, alice: User) -> None:
    assert act(support, alice, "resend-confirmation").status_code == 302
    assert "Cognito refused: User is already confirmed." in support.get("/admin/").content.decode()
    assert [(event["action"], event["outcome"]) for event in changes_of(alice)] == [
        ("resend-confirmation", "attempted"),
        ("resend-confirmation", "failed"),
    ]


def test_nothing_is_done_to_an_account_without_a_reason(support: Member, alice: User) -> None:
    answer = act(support, alice, "disable", reason="")
    assert (answer.status_code, account(alice)["Enabled"], changes_of(alice)) == (302, True, [])
    assert "Nothing was done." in support.get("/admin/").content.decode()


def test_a_customer_is_found_by_address_name_and_sub_and_searches_are_on_record(support: Member, alice: User) -> None:
    resources.client("cognito-idp", os.environ).admin_update_user_attributes(
        UserPoolId=os.environ["COGNITO_USER_POOL_ID"],
        Username=alice.sub,
        UserAttributes=[{"Name": "name", "Value": f"Alice {alice.sub}"}],
    )
    for wanted in (alice.email, alice.email[:15], alice.email.upper(), f"Alice {alice.sub[:8]}", alice.sub):
        page = support.get(f"/admin/support/customer/?q={wanted.replace(' ', '+')}").content.decode()
        assert f"/admin/support/customer/{alice.sub}/change/" in page, wanted
    assert alice.email not in support.get("/admin/support/customer/?q=somebody-else").content.decode()
    searches = events_of("-", action="search", staffID=support.sub)
    assert {"q": alice.email} in [event["values"] for event in searches]


def test_a_customers_page_counts_what_there_is(support: Member, todo: Todo) -> None:
    page = " ".join(
        re.sub(r"<[^>]+>", " ", text_of(support.get(f"/admin/support/customer/{todo.user.sub}/change/"))).split()
    )
    assert "To-dos: 1 Stored files: 1 Stored: 10 bytes (10 bytes)" in page
    assert [event["action"] for event in events_of(todo.user.sub)] == ["view"]


# --- Who may only look --------------------------------------------------------------------------


def test_a_reader_gets_403_on_every_change_and_each_refusal_is_on_record(reader: Member, todo: Todo) -> None:
    refused = len(events_of("-", action="refused", staffID=reader.sub))
    before = todo.now()
    page = f"/admin/todos/todo/?customer={todo.user.sub}"
    answers = [
        reader.post(f"{todo.page}/change/", form(title="Seized")),
        reader.post(f"{todo.page}/delete/", {"post": "yes"}),
        reader.post(f"{todo.page}/restore/", {}),
        reader.post(f"{todo.file_page}/delete/", {"post": "yes"}),
        reader.post(f"{todo.file_page}/download/", {"reason": "Curiosity"}),
        reader.post("/admin/todos/todo/add/", form()),
        *(
            act(reader, todo.user, name)
            for name in ("disable", "enable", "sign-out-everywhere", "start-password-reset")
        ),
    ]
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    for action in ("complete", "reopen", "restore", "delete_selected"):
        assert reader.post(page, select(action, todo, post="yes")).status_code == 403
    assert (todo.now(), account(todo.user)["Enabled"]) == (before, True)
    assert [file["fileID"] for file in todo.user.api.get(f"/{todo.todo_id}/files").json()["files"]] == [todo.file_id]
    assert changes_of(todo.user) == []
    assert len(events_of("-", action="refused", staffID=reader.sub)) == refused + len(answers) + 4


def test_a_reader_sees_what_there_is_and_no_button(reader: Member, todo: Todo) -> None:
    for path in (
        f"{todo.page}/change/",
        f"{todo.file_page}/change/",
        f"/admin/support/customer/{todo.user.sub}/change/",
    ):
        page = text_of(reader.get(path))
        assert not re.search(r'type="submit"(?! value="Filter")(?!>Log out)', page), path
        assert "Download" not in page
    assert [event["action"] for event in events_of(todo.user.sub)] == ["view"] * 3


def test_the_history_tells_all_of_a_todo_and_nothing_of_another(support: Member, todo: Todo) -> None:
    other = Todo.create(todo.user)
    support.post(f"{todo.page}/change/", form(title="Oat milk"))
    support.post(f"{other.page}/change/", form(title="Something else"))
    page = support.get(f"{todo.page}/history/").content.decode()
    assert "change title: Milk → Oat milk" in page
    assert "→ Something else" not in page
