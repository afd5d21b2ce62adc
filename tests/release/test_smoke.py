"""The smoke test passes where everything is right, and fails by name where something is not."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from deploy.local import resources
from deploy.release.errors import ReleaseError
from deploy.release.smoke import Smoke, Target
from tests.clients import POOL_ID, STANDIN
from todoproject.wsgi import application

ENV = dict(os.environ)


@pytest.fixture
def aws() -> None:
    """The stand-ins, not moto: the service is really there."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture
def target() -> Iterator[Target]:
    with make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://localhost:{server.server_port}"
        yield Target(
            url, url, POOL_ID, ENV["COGNITO_CLIENT_IDS"], ENV["AWS_REGION"], cognito=STANDIN, website=resources.WEBSITE
        )
        server.shutdown()


def _emails() -> set[str]:
    users = resources.client("cognito-idp", ENV).list_users(UserPoolId=POOL_ID)["Users"]
    return {attribute["Value"] for user in users for attribute in user["Attributes"] if attribute["Name"] == "email"}


def test_the_main_job_is_done_and_its_user_removed(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    before = _emails()
    Smoke(replace(target, website="")).run()
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "ok  closed without a token",
        "ok  schemas and documentation open",
        "ok  todo created, found, edited; a stale edit refused",
        "ok  file uploaded, downloaded, deleted",
        "ok  todo thrown away and restored",
    ]
    assert _emails() == before


def test_refusals_must_be_readable_by_the_website(target: Target) -> None:
    Smoke(target).readable_by_the_website()
    with pytest.raises(ReleaseError, match=r"preflight of .* is answered 200 and allows ''"):
        Smoke(replace(target, website="https://elsewhere.example.com")).readable_by_the_website()


def test_a_user_is_removed_even_where_the_service_fails(target: Target) -> None:
    before = _emails()
    smoke = Smoke(replace(target, todos=f"{target.todos}/nowhere"))
    with pytest.raises(ReleaseError, match="404 instead of 201"), smoke.user() as token:
        smoke.tour(token)
    assert _emails() == before


def test_an_admin_that_should_be_closed_is_named(target: Target) -> None:
    with pytest.raises(ReleaseError, match=r"GET http://localhost:\d+/admin/: 302 instead of 404"):
        Smoke(replace(target, admin_closed=True)).closed_to_strangers()


def test_what_does_not_answer_is_named(target: Target) -> None:
    with pytest.raises(ReleaseError, match=r"GET http://localhost:1/me/todos: no answer"):
        Smoke(replace(target, todos="http://localhost:1")).run()
