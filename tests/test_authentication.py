"""Who is let in, and by which name: tokens, headers and the `{userID}` of a path."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from tests.clients import Api, User
from tests.key_server import KeyServer, key_server
from tests.problems import assert_not_found
from tests.tokens import BAD_TOKENS, CLIENT_ID, ISSUER, Forge, claims_of, key_id, signed
from todoproject.aws import cognito

EMPTY_LIST = {"todos": [], "nextCursor": None}
UNAUTHORIZED = {"type": "about:blank", "title": "Unauthorized", "status": 401}
REFUSED = {**UNAUTHORIZED, "detail": "The token is not valid here, or no longer. Sign in again."}
MISSING = {**UNAUTHORIZED, "detail": "Send an ID or access token as `Authorization: Bearer <token>`."}


def assert_unauthorized(answer: HttpResponse, problem: dict[str, Any]) -> None:
    assert answer.status_code == 401, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {**problem, "requestId": answer.headers["X-Request-ID"]}


@pytest.fixture(scope="module")
def reader() -> User:
    """Only ever reads an empty list, so one does for all of these tests."""
    return User.sign_up()


@pytest.fixture
def own_pool(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServer]:
    """A pool that signs what the stand-in's tools would refuse to sign; the service trusts it during the test."""
    with key_server() as server:
        settings.COGNITO_ISSUER = server.issuer
        monkeypatch.setattr(cognito, "keys", cognito.Keys(cognito._fetch_keys))
        yield server


@pytest.mark.parametrize("use", ["id_token", "access_token"])
@pytest.mark.parametrize(
    "form", ["{}", "Bearer {}", "bearer {}", "BEARER {}", "bEaReR {}", "Bearer   {}", "Bearer \t{}", " {} ", "\t{}\t"]
)
def test_a_token_is_accepted_raw_and_as_bearer_in_any_case(reader: User, form: str, use: str) -> None:
    answer = Api(form.format(getattr(reader, use))).get("/me/todos")
    assert (answer.status_code, answer.json()) == (200, EMPTY_LIST)


@pytest.mark.parametrize("forge", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_bad_token_is_refused(reader: User, forge: Forge) -> None:
    token = forge(reader)
    assert token not in (reader.id_token, reader.access_token)
    for header in (token, f"Bearer {token}"):
        assert_unauthorized(Api(header).get("/me/todos"), REFUSED)


@pytest.mark.parametrize("header", [None, "", " ", "\t"])
def test_no_token_is_refused(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert_unauthorized(Client(headers=headers).get("/me/todos"), MISSING)


@pytest.mark.parametrize(
    "form",
    [
        "Bearer",
        "Bearer ",
        "Basic {}",
        "Token {}",
        "JWT {}",
        "Bearer: {}",
        "Bearer={}",
        "Bearer\t{}",
        "Bearer\u00a0{}",
        "Bearer Bearer {}",
        "Bearer{}",
        '"{}"',
        "'{}'",
        "\u00a0{}",
        "\n{}",
        "{}\n",
        "{} {}",
        "{},{}",
        "{}, {}",
        ",{}",
        "{},",
        "Bearer {},Bearer {}",
        "Bearer {},",
        "Bearer {}, Basic cmVhZGVyOnJlYWRlcg==",
    ],
)
def test_any_other_form_of_the_header_is_refused(reader: User, form: str) -> None:
    # As a WSGI server hands it over, so that nothing between us and the view may tidy it up.
    answer = Client().get("/me/todos", HTTP_AUTHORIZATION=form.format(reader.id_token, reader.id_token))
    assert_unauthorized(answer, REFUSED)


@pytest.mark.parametrize("use", ["id_token", "access_token"])
def test_a_token_is_refused_once_it_has_expired(reader: User, use: str) -> None:
    token = getattr(reader, use)
    expiry = claims_of(token)["exp"]
    with time_machine.travel(expiry - 1, tick=False):
        assert Api(token).get("/me/todos").status_code == 200
    with time_machine.travel(expiry, tick=False):
        assert_unauthorized(Api(token).get("/me/todos"), REFUSED)


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({}, {"without": "kid"}),
        ({}, {"without": "alg"}),
        ({}, {"kid": None}),
        ({}, {"kid": 7}),
        ({}, {"kid": ""}),
        ({}, {"kid": ["first"]}),
        ({}, {"alg": "rs256"}),
        ({}, {"alg": ["RS256"]}),
        ({}, {"b64": False, "crit": ["b64"]}),
        ({"iss": None}, {}),
        ({"sub": 7}, {}),
        ({"sub": ["a"]}, {}),
        ({"exp": []}, {}),
        ({"exp": float("inf")}, {}),
        ({"exp": float("nan")}, {}),
        ({"aud": {}}, {}),
        ({"token_use": {}}, {}),
    ],
    ids=repr,
)
def test_claims_and_headers_of_another_kind_are_refused(
    own_pool: KeyServer, reader: User, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    """Even a missing key id, though this pool has one key only."""
    good = {**claims_of(reader.id_token), "iss": own_pool.issuer}
    assert Api(own_pool.sign(good)).get("/me/todos").status_code == 200
    assert_unauthorized(Api(own_pool.sign({**good, **claims}, **header)).get("/me/todos"), REFUSED)


@pytest.mark.parametrize("kid", ["ours", "theirs", "their address"])
@pytest.mark.parametrize("place", ["jku", "x5u", "jwk", "x5c", "iss", "all"])
def test_no_key_and_no_address_of_a_key_is_taken_from_a_token(reader: User, place: str, kid: str) -> None:
    with key_server() as attacker:
        address = f"{attacker.issuer}/.well-known/jwks.json"
        kids = {"ours": key_id(reader.id_token), "theirs": attacker.kid, "their address": address}
        headers = {"jku": address, "x5u": address, "jwk": attacker.jwk, "x5c": [address], "kid": kids[kid]}
        issuer = attacker.issuer if place in ("iss", "all") else ISSUER
        chosen = {name: value for name, value in headers.items() if name in (place, "kid") or place == "all"}
        token = attacker.sign({**claims_of(reader.id_token), "iss": issuer}, **chosen)
        assert_unauthorized(Api(token).get("/me/todos"), REFUSED)
        assert attacker.asked == []


@pytest.fixture(scope="session")
def gunicorn() -> Iterator[int]:
    """The port of a real server: only one shows what it makes of headers that come twice."""
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", "127.0.0.1:0"]
    environment = {**os.environ, "WEB_CONCURRENCY": "1", "THREADS": "4"}
    with subprocess.Popen(
        [*command, "todoproject.wsgi:application"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        listening = next(line for line in process.stderr if "Listening at" in line)
        yield int(listening.rpartition(":")[2].split()[0])
        process.send_signal(signal.SIGQUIT)


@pytest.mark.parametrize(
    ("forms", "status"),
    [
        (["{}"], 200),
        (["Bearer {}"], 200),
        (["{}", "{}"], 401),
        (["Bearer {}", "Bearer {}"], 401),
        (["Bearer {}", "Bearer x.y.z"], 401),
        (["Bearer x.y.z", "Bearer {}"], 401),
        (["{}", ""], 401),
        (["", "{}"], 401),
    ],
)
def test_two_authorization_headers_are_refused_by_the_real_server(
    gunicorn: int, reader: User, forms: list[str], status: int
) -> None:
    with closing(HTTPConnection("127.0.0.1", gunicorn, timeout=10)) as connection:
        connection.putrequest("GET", "/me/todos")
        for form in forms:
            connection.putheader("Authorization", form.format(reader.id_token))
        connection.endheaders()
        answer = connection.getresponse()
        body = json.load(answer)
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert body == {**REFUSED, "requestId": answer.headers["X-Request-ID"]}
    else:
        assert body == EMPTY_LIST
    assert answer.status == status


NAMES: dict[str, Callable[[User], str]] = {
    "me": lambda user: "me",
    "sub": lambda user: user.sub,
    "username": lambda user: f"name-of-{user.sub}",
    "e-mail": lambda user: user.email,
    "E-MAIL": lambda user: user.email.upper(),
    "encoded e-mail": lambda user: quote(user.email, safe=""),
    "ME": lambda user: "ME",
    "SUB": lambda user: user.sub.upper(),
    "USERNAME": lambda user: f"name-of-{user.sub}".upper(),
    "local part": lambda user: user.email.partition("@")[0],
    "nobody": lambda user: "nobody@example.com",
    "None": lambda user: "None",
    "*": lambda user: "*",
}
_OWN_NAMES = {"me", "sub", "username"}
_OWN_EMAILS = {"e-mail", "E-MAIL", "encoded e-mail"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("use", "own"), [("id", _OWN_NAMES | _OWN_EMAILS), ("access", _OWN_NAMES)])
def test_a_path_names_the_caller_by_what_the_token_says(reader: User, use: str, own: set[str], name: str) -> None:
    claim = "cognito:username" if use == "id" else "username"
    token = signed(reader, use, **{claim: f"name-of-{reader.sub}"})
    answer = Api(token).get(f"/{NAMES[name](reader)}/todos")
    if name in own:
        assert (answer.status_code, answer.json()) == (200, EMPTY_LIST)
    else:
        assert_not_found(answer)


@pytest.mark.parametrize("email", [None, ""])
def test_a_token_without_an_e_mail_address_is_not_called_by_it(reader: User, email: str | None) -> None:
    api = Api(signed(reader, email=email))
    assert api.get("/me/todos").status_code == 200
    assert [api.get(f"/{name}/todos").status_code for name in (reader.email, "None", "null", "%20")] == [404] * 4


def test_todos_belong_to_the_sub_whatever_else_the_token_says(alice: User, bob: User) -> None:
    created = alice.api.post("/me/todos", {"title": "Alice's"}).json()
    posing = Api(signed(bob, email=alice.email, **{"cognito:username": alice.sub}, aud=CLIENT_ID))
    assert posing.get(f"/{alice.email}/todos").json() == EMPTY_LIST
    assert posing.get(f"/{alice.sub}/todos/{created['todoID']}").status_code == 404
