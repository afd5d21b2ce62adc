"""Schemathesis over both schemas: every answer is one that the schema describes, and it takes what it says it takes."""

from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.clients import User
from todoproject.wsgi import application

_CONFIG: dict[str, Any] = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": 15, "database": "none", "no-shrink": True},
    "phases": {"stateful": {"enabled": False}, "coverage": {"generate-duplicate-query-parameters": False}},
    "analysis": {"constants": {"enabled": False}},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "404", "409", "410", "412", "413", "422"]},
        "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "405", "413", "415"]},
    },
}


def _load(role: str) -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_wsgi(
        f"/{role}/schema", application, config=SchemathesisConfig.from_dict(_CONFIG)
    )


todos, files, todos2, files2 = _load("todos"), _load("files"), _load("todos"), _load("files")


@pytest.fixture(scope="module")
def fuzzer() -> User:
    return User.sign_up("fuzzer@example.com")


def check(case, user):
    excluded = [positive_data_acceptance] if "cursor" in (case.query or {}) else []
    case.call_and_validate(headers={"Authorization": f"Bearer {user.id_token}"}, excluded_checks=excluded)


@todos.parametrize()
def test_todos(case: schemathesis.Case, fuzzer: User) -> None:
    check(case, fuzzer)


@files.parametrize()
def test_files(case: schemathesis.Case, fuzzer: User) -> None:
    check(case, fuzzer)


@todos2.parametrize()
def test_todos2(case: schemathesis.Case, fuzzer: User) -> None:
    t = fuzzer.api.post("/me/todos", {"title": "x"}).json()
    real = {"userID": "me", "todoID": t["todoID"]}
    case.path_parameters = {n: real[n] for n in case.path_parameters}
    check(case, fuzzer)


@files2.parametrize()
def test_files2(case: schemathesis.Case, fuzzer: User) -> None:
    t = fuzzer.api.post("/me/todos", {"title": "x"}).json()
    f = fuzzer.api.post(f"/{t['todoID']}/files", {"fileName": "x", "size": 1}).json()["file"]
    real = {"fileID": f["fileID"], "todoID": t["todoID"]}
    case.path_parameters = {n: real[n] for n in case.path_parameters}
    check(case, fuzzer)
