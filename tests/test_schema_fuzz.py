"""Schemathesis over both schemas: each answer is one that is described, and what is described as valid is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.clients import User
from tests.figures import Figures
from todoproject.wsgi import application

_REFUSALS = ["404", "409", "410", "412", "413", "422"]
# What a schema cannot say: an account is erased by its own name only, a cursor is one that we gave.
_ONLY_SOME_ARE_RIGHT = {"eraseAccount": "confirm", "listTodos": "cursor", "listFiles": "cursor"}


def _load(role: str, *, coverage: bool) -> BaseSchema:
    """Always the same examples, whatever the code is: no seed of the day, nothing picked from our sources."""
    config = {
        "seed": 1,
        "generation": {
            "deterministic": True,
            "max-examples": 10,
            "database": "none",
            # Unknown parameters and headers are ignored, as HTTP wants it.
            "allow-extra-parameters": False,
        },
        "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": coverage}},
        "analysis": {"constants": {"enabled": False}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "304", *_REFUSALS]},
            "negative_data_rejection": {"expected-statuses": ["400", "401", "405", "415", *_REFUSALS]},
        },
    }
    return schemathesis.openapi.from_wsgi(f"/{role}/schema", application, config=SchemathesisConfig.from_dict(config))


@dataclass
class Visitor:
    """A user with a todo and an announced file, made anew after each request that may have removed them."""

    user: User
    ids: dict[str, str]
    figures: Figures

    def renew(self) -> None:
        todo_id = self.user.api.post("/me/todos", {"title": "Milk"}).json()["todoID"]
        started = self.user.api.post(f"/{todo_id}/files", {"fileName": "list.txt", "size": 1}).json()
        self.ids = {"userID": "me", "todoID": todo_id, "fileID": started["file"]["fileID"]}

    def validate(self, case: schemathesis.Case) -> None:
        only_some = _ONLY_SOME_ARE_RIGHT.get(str(case.operation.definition.raw["operationId"]))
        sent: Any = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}
        self.figures.add(inputs=1, requests=1)
        case.call_and_validate(
            headers={"Authorization": f"Bearer {self.user.id_token}"},
            excluded_checks=[positive_data_acceptance] if only_some in sent else [],
        )


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with Figures("schema") as figures:
        visitor = Visitor(User.sign_up(), {}, figures)
        visitor.renew()
        yield visitor


_todos, _files = _load("todos", coverage=False), _load("files", coverage=False)
_own_todos, _own_files = _load("todos", coverage=True), _load("files", coverage=True)


@_todos.parametrize()
def test_todos_answer_as_described_to_anything(case: schemathesis.Case, visitor: Visitor) -> None:
    visitor.validate(case)


@_files.parametrize()
def test_files_answer_as_described_to_anything(case: schemathesis.Case, visitor: Visitor) -> None:
    visitor.validate(case)


def _send_to_own(case: schemathesis.Case, visitor: Visitor) -> None:
    if case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters = {name: visitor.ids[name] for name in case.path_parameters}
    visitor.validate(case)
    if case.method == "DELETE":
        visitor.renew()


@_own_todos.parametrize()
def test_todos_that_exist_answer_as_described(case: schemathesis.Case, visitor: Visitor) -> None:
    _send_to_own(case, visitor)


@_own_files.parametrize()
def test_files_that_exist_answer_as_described(case: schemathesis.Case, visitor: Visitor) -> None:
    _send_to_own(case, visitor)
