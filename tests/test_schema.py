"""The description of each role, the page to read it, and what a process of one role serves."""

import base64
import gzip
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.clients import Api
from tests.operations import admin_routes

_ROOT = Path(__file__).parents[1]
_ROLES = ["todos", "files"]
_WIRE_NAMES = {"<str:user_id>": "{userID}", "<id:todo_id>": "{todoID}", "<id:file_id>": "{fileID}"}
_DEPRECATED = {
    "todos": {"articleAddTodo", "articleCompleteTodo", "articleAddNotes", "articleDeleteTodo"},
    "files": {"articleUpload", "articleDeleteFile"},
}
_ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "TODOS_TABLE": "todos",
    "FILES_TABLE": "files",
    "FILES_BUCKET": "files",
    "COGNITO_USER_POOL_ID": "eu-west-1_check",
    "COGNITO_CLIENT_IDS": "check",
    "STAFF_TABLE": "staff",
    "AUDIT_TABLE": "audit",
    "STAFF_USER_POOL_ID": "eu-west-1_staff",
    "STAFF_CLIENT_ID": "staff",
    "DJANGO_SECRET_KEY": "x" * 50,
    "SERVICE_ROLE": "todos",
}


def _schema(role: str) -> dict[str, Any]:
    response = Api(None).get(f"/{role}/schema")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    document: dict[str, Any] = response.json()
    return document


def _operations(role: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = _schema(role)["paths"]
    return [(path, method, operation) for path, item in paths.items() for method, operation in item.items()]


@pytest.mark.parametrize("role", _ROLES)
def test_the_schema_is_valid_openapi_3_1(role: str) -> None:
    schema = _schema(role)
    validate(schema, cls=OpenAPIV31SpecValidator)
    assert (schema["openapi"], schema["info"]["title"]) == ("3.1.0", f"To-do service: {role}")


@pytest.mark.parametrize("role", _ROLES)
def test_every_route_is_described_and_nothing_else(role: str) -> None:
    routes: dict[str, set[str]] = {}
    for entry in get_resolver(f"{role}.urls").url_patterns:
        assert isinstance(entry, URLPattern)
        path = str(entry.pattern)
        for name, wire_name in _WIRE_NAMES.items():
            path = path.replace(name, wire_name)
        view: Any = entry.callback
        methods = set(view.view_class().allowed_methods) - {"OPTIONS", "HEAD"}
        routes[f"/{path}"] = {method.lower() for method in methods}
    described = {path: set(item) for path, item in _schema(role)["paths"].items()}
    assert described == routes


def test_each_operation_has_an_id_of_its_own() -> None:
    ids = [operation["operationId"] for role in _ROLES for _, _, operation in _operations(role)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("role", _ROLES)
def test_the_article_s_verbs_are_marked_as_deprecated(role: str) -> None:
    marked = {operation["operationId"] for _, _, operation in _operations(role) if operation.get("deprecated")}
    assert marked == _DEPRECATED[role]


@pytest.mark.parametrize("role", _ROLES)
def test_every_operation_says_what_it_is_and_how_it_can_fail(role: str) -> None:
    for path, _, operation in _operations(role):
        assert operation["summary"]
        assert operation["security"] == [{"cognito": []}]
        assert operation["responses"].keys() >= {"400", "401", "404", "503"}
        in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("role", _ROLES)
def test_a_body_of_a_request_is_required_and_closed(role: str) -> None:
    schema = _schema(role)
    for _, _, operation in _operations(role):
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert operation["requestBody"]["required"] is True
            assert schema["components"]["schemas"][reference.rpartition("/")[2]]["additionalProperties"] is False


@pytest.mark.parametrize("role", _ROLES)
def test_the_schema_speaks_to_who_calls_not_to_who_maintains(role: str) -> None:
    text = str(_schema(role))
    assert not re.findall(r"to_wire|StrictSerializer|misspelt|PynamoDB|DRF|docstring|_[a-z]+\(", text)


@pytest.mark.parametrize("role", _ROLES)
def test_the_page_refers_to_no_other_address_and_runs_only_its_own_scripts(role: str) -> None:
    response = Api(None).get(f"/{role}/docs")
    page = response.content.decode()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    markup = re.sub(r"<(script|style)>.*?</\1>", r"<\1></\1>", page, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href|action|data)\s*=\s*["']?([^"'\s>]+)""", markup) == ["data:,"]
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert "@import" not in styles
    assert {address[:5] for address in re.findall(r"""url\(["']?([^)]{5})""", styles)} <= {"data:"}

    policy = dict(part.strip().partition(" ")[::2] for part in response.headers["Content-Security-Policy"].split(";"))
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(digests) == page.count("</script") == 2
    # After an open comment a browser would take the next <script> for nested, and ours would not end.
    assert not [script for script in scripts if re.search(r"<!--(?:(?!-->).)*<script[\s/>]", script, flags=re.DOTALL)]
    assert policy["script-src"] == " ".join(f"'sha256-{digest}'" for digest in digests)
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert not re.search(r"\son\w+\s*=", markup)


@pytest.mark.parametrize("role", _ROLES)
def test_the_page_travels_compressed_and_only_when_it_has_changed(role: str) -> None:
    path = f"/{role}/docs"
    plain, packed = Api(None).get(path), Api(None).get(path, Accept_Encoding="br, gzip")
    assert gzip.decompress(packed.content) == plain.content
    assert (packed.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert "accept-encoding" in plain.headers["Vary"].lower()
    assert "accept-encoding" in packed.headers["Vary"].lower()
    for accepted in ({}, {"Accept_Encoding": "gzip"}):
        again = Api(None).get(path, If_None_Match=plain.headers["ETag"], **accepted)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", plain.headers["ETag"])
    assert Api(None).get(path, If_None_Match='"another"').status_code == 200


_STATUSES = """
import json, django
django.setup()
from django.test import Client
paths = ["/", "/healthz", "/me/todos", "/x/files", "/todos/schema", "/files/schema", "/todos/docs", "/files/docs"]
client = Client(headers={"host": "10.0.0.1"})
print(json.dumps({path: client.get(path).status_code for path in paths}))
"""


def _python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=_ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "todoproject.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("role", _ROLES)
def test_a_process_of_one_role_serves_nothing_of_the_other(role: str) -> None:
    answered = _python("-W", "error", "-c", _STATUSES, **_ENVIRONMENT | {"SERVICE_ROLE": role})
    assert answered.returncode == 0, answered.stderr
    todos, files = (401, 404) if role == "todos" else (404, 401)
    open_todos, open_files = (200, 404) if role == "todos" else (404, 200)
    assert answered.stdout.strip() == (
        f'{{"/": 200, "/healthz": 200, "/me/todos": {todos}, "/x/files": {files}, "/todos/schema": {open_todos}, '
        f'"/files/schema": {open_files}, "/todos/docs": {open_todos}, "/files/docs": {open_files}}}'
    )


def test_every_missing_variable_is_named_at_the_start_at_once() -> None:
    stopped = _python("manage.py", "check")
    assert stopped.returncode != 0
    sentence = stopped.stderr.strip().splitlines()[-1]
    named = re.search(r"Set the environment variables ([A-Z_0-9, ]+): ", sentence)
    assert named, stopped.stderr
    assert set(named[1].split(", ")) == _ENVIRONMENT.keys()
    assert not stopped.stdout


@pytest.mark.parametrize("name", _ENVIRONMENT)
def test_a_variable_set_to_nothing_is_as_good_as_missing(name: str) -> None:
    stopped = _python("-c", "import todoproject.settings", **_ENVIRONMENT | {name: ""})
    assert stopped.returncode != 0
    assert f"Set the environment variable {name}: the service cannot start without." in stopped.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SERVICE_ROLE": "admin"}, "SERVICE_ROLE must be todos, files or all, not 'admin'."),
        ({"THREADS": "many"}, "THREADS must be a whole number from 1, not 'many'."),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(change: dict[str, str], sentence: str) -> None:
    stopped = _python("manage.py", "check", **_ENVIRONMENT | change)
    assert stopped.returncode != 0
    assert stopped.stderr.strip().splitlines()[-1].endswith(sentence)


def test_the_urlconf_of_both_roles_is_the_sum_of_theirs() -> None:
    def count(resolver: URLResolver) -> int:
        return sum(count(each) if isinstance(each, URLResolver) else 1 for each in resolver.url_patterns)

    of_both = sum(count(get_resolver(f"{role}.urls")) + 2 for role in _ROLES)
    assert count(get_resolver()) == of_both + len(admin_routes())
