"""The ways in which a part of AWS does not work, and calls of each kind to see what becomes of them."""

from collections.abc import Callable
from typing import Any

from tests.faults.fault import (
    CUT_SHORT,
    EMPTY,
    ERROR,
    HUNG,
    NOT_AWS,
    NOT_JSON,
    REFUSAL_CUT_SHORT,
    RESET,
    THROTTLED,
    THROTTLED_WITHOUT_CHECKSUM,
    UNAVAILABLE,
    Fault,
)
from tests.faults.proxy import Proxy
from tests.faults.visitor import Visitor, new_file

# Breaks a proxy's calls of one operation; of "", every call.
Breaking = Callable[[Proxy, str], None]


def refuse(proxy: Proxy, operation: str) -> None:
    """Every operation: what does not listen cannot tell them apart."""
    proxy.refuse()


def _breaking(fault: Fault) -> Breaking:
    return lambda proxy, operation: proxy.inject(fault, operation)


DYNAMODB_FAULTS: dict[str, Breaking] = {
    "refused": refuse,
    "hung": _breaking(HUNG),
    "reset": _breaking(RESET),
    "500": _breaking(ERROR),
    "503 in HTML": _breaking(UNAVAILABLE),
    "throttled": _breaking(THROTTLED),
    "throttled, without a checksum": _breaking(THROTTLED_WITHOUT_CHECKSUM),
    "cut short": _breaking(CUT_SHORT),
    "a refusal cut short": _breaking(REFUSAL_CUT_SHORT),
    "not JSON": _breaking(NOT_JSON),
    "empty": _breaking(EMPTY),
}
S3_FAULTS: dict[str, Breaking] = {
    "refused": refuse,
    "hung": _breaking(HUNG),
    "reset": _breaking(RESET),
    "500": _breaking(ERROR),
    "503 in HTML": _breaking(UNAVAILABLE),
    "somebody else's page": _breaking(NOT_AWS),
}


def calls_of_todos(visitor: Visitor, todo: str) -> list[Callable[[], Any]]:
    """One of each kind: a read, a list, a create, changes."""
    return [
        lambda: visitor.call("GET", todo),
        lambda: visitor.call("GET", "/me/todos?search=milk"),
        lambda: visitor.call("POST", "/me/todos", {"title": "Butter"}, Idempotency_Key="butter"),
        lambda: visitor.call("PATCH", todo, {"completed": True}, If_Match='"1"'),
        lambda: visitor.call("DELETE", todo),
        lambda: visitor.call("POST", "/me/todos/erase-account", {"confirm": visitor.user.sub}),
    ]


def calls_of_files(visitor: Visitor, uploaded: str, saved: str) -> list[Callable[[], Any]]:
    todo_id = saved.split("/")[1]
    return [
        lambda: visitor.call("GET", f"/{todo_id}/files"),
        lambda: visitor.call("POST", f"/{todo_id}/files", new_file()),
        lambda: visitor.call("GET", saved),
        lambda: visitor.call("POST", f"{uploaded}/complete"),
        lambda: visitor.call("DELETE", saved),
    ]
