"""What a client says of hosts, addresses and ways, and what it would like to see in headers and in the log."""

import json

import pytest
from werkzeug.test import Client as WSGIClient

from tests.clients import Api, User
from tests.logs import logged
from tests.support.staff import Member
from todoproject.wsgi import application

FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "X-Script-Name": "/evil",
    "X-Original-URL": "/bob/todos",
    "X-Rewrite-URL": "/bob/todos",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=evil.example;proto=http",
    "X-HTTP-Method-Override": "DELETE",
    "X-HTTP-Method": "DELETE",
    "X-Method-Override": "DELETE",
}


@pytest.fixture(scope="module")
def visitor() -> User:
    return User.sign_up()


@pytest.mark.parametrize("name", FORGED)
def test_no_answer_depends_on_what_a_client_says_of_the_way_it_came(visitor: User, name: str) -> None:
    todo_id = visitor.api.post("/me/todos", {"title": "Milk"}).json()["todoID"]
    for path in (f"/me/todos/{todo_id}", "/nowhere", "/todos/docs"):
        plain = visitor.api.get(path, X_Request_ID="the-id")
        forged = visitor.api.get(path, X_Request_ID="the-id", **{name: FORGED[name]})
        assert (forged.status_code, forged.content) == (plain.status_code, plain.content)
        varying = {"RateLimit"}
        assert {key: value for key, value in forged.items() if key not in varying} == {
            key: value for key, value in plain.items() if key not in varying
        }
    created = visitor.api.post("/me/todos", {"title": "Milk"}, **{name: FORGED[name]})
    assert created.status_code == 201
    assert created.headers["Location"] == f"/me/todos/{created.json()['todoID']}"


def test_a_page_of_the_admin_leads_nowhere_else_whatever_host_was_named() -> None:
    member = Member.signed_in("support")
    for headers in ({"host": "evil.example"}, {"x-forwarded-host": "evil.example"}):
        page = member.browser.get("/admin/", headers=headers)
        moved = member.browser.get("/admin", headers=headers)
        assert (page.status_code, moved.headers["Location"]) == (200, "/admin/")
        assert b"evil.example" not in page.content


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_a_form_from_elsewhere_is_refused(origin: str) -> None:
    member = Member.create("support")
    member.get("/admin/login/")
    token = member.browser.cookies["__Secure-support_csrf"].value
    form = {"email": member.email, "password": "x", "code": "", "csrfmiddlewaretoken": token}
    assert member.browser.post("/admin/login/", form, headers={"origin": origin}).status_code == 403


BREAKS = ["\r\nSet-Cookie: a=b", "\nX-Injected: 1", "\r\n\r\n<html>", "%0d%0aX-Injected:%201", "\u2028X", "\x85X"]


@pytest.mark.parametrize("text", BREAKS)
def test_nothing_that_a_client_sends_becomes_a_header(visitor: User, text: str) -> None:
    """Through the application itself: Django's own test client would refuse some of these."""
    client = WSGIClient(application)
    sent = {"Authorization": visitor.id_token, "Content-Type": "application/json"}
    todo = client.post("/me/todos", data=json.dumps({"title": f"Milk{text}"}), headers=sent)
    assert (todo.status_code, todo.json["title"] if todo.json else None) == (201, f"Milk{text}")
    answers = [
        todo,
        client.get(f"/me/todos/{text}", headers=sent),
        client.get("/me/todos", query_string={"search": text, "cursor": text}, headers=sent),
        client.get(f"/admin/login/?next=/admin/{text}"),
        client.get(f"/admin{text}"),
    ]
    new_file = json.dumps({"fileName": f"a{text}.txt", "size": 1})
    answers.append(client.post(f"/{todo.json['todoID']}/files", data=new_file, headers=sent) if todo.json else todo)
    for answer in answers:
        assert "X-Injected" not in answer.headers
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values())
        assert not any(value.startswith("a=b") for value in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "text", ['","level":"CRITICAL","x":"', "\n{}", "\x1b[2J", "\u2028{}", "${jndi:ldap://a}", "%n%s"]
)
def test_nothing_that_a_client_sends_becomes_a_line_of_the_log(visitor: User, text: str) -> None:
    with logged() as lines:
        visitor.api.get(f"/me/todos?search={text}")
        visitor.api.get("/nowhere", X_Request_ID=text.replace("\n", " ").replace("\u2028", " "))
        Api(text.replace("\n", " ").replace("\u2028", " ")).get("/me/todos")
        visitor.api.call(f"PROP{text}", "/me/todos")
    assert [line["level"] for line in lines.all] == ["INFO"] * 4
    assert [character for character in ("\x1b", "\u2028") if character in lines.text] == []
    assert [line["method"] for line in lines.all] == ["GET", "GET", "GET", f"PROP{text}".upper()]
