"""What DynamoDB holds: exactly the attributes of the design, with their types; empty texts are left out."""

import hashlib
import json
import os
from typing import Any

import pytest

from deploy.local import resources
from tests.clients import User

CREATED = {
    *("userID", "todoID", "title", "titleFolded", "completed", "dateCreated", "dateUpdated", "version"),
    *("listOrder", "createHash"),
}
TEXTS = {"description", "notes", "dateDue"}
FULL_WIDTH = "\uff26\uff35\uff2c\uff2c \u0130"
FULL = {"title": "Straße", "description": "d", "notes": "n", "dateDue": "2026-12-24"}


def items_of(user: User) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources.client("dynamodb", os.environ).query(
        TableName=os.environ["TODOS_TABLE"],
        KeyConditionExpression="userID = :user",
        ExpressionAttributeValues={":user": {"S": user.sub}},
        ConsistentRead=True,
    )["Items"]
    return found


def item_of(user: User) -> dict[str, Any]:
    (item,) = items_of(user)
    return item


def test_a_todo_of_a_title_alone(alice: User) -> None:
    todo = alice.api.post("/me/todos", {"title": "Straße", "description": "", "notes": "", "dateDue": ""}).json()

    item = item_of(alice)
    canonical = json.dumps({"dateDue": "", "description": "", "notes": "", "title": "Straße"})
    assert item.keys() == CREATED
    assert item == {
        "userID": {"S": alice.sub},
        "todoID": {"S": todo["todoID"]},
        "title": {"S": "Straße"},
        "titleFolded": {"S": "strasse"},
        "completed": {"BOOL": False},
        "dateCreated": {"S": todo["dateCreated"]},
        "dateUpdated": {"S": todo["dateCreated"]},
        "version": {"N": "1"},
        "listOrder": {"S": item["listOrder"]["S"]},
        "createHash": {"S": hashlib.sha256(canonical.encode()).hexdigest()},
    }
    section, day, inverted = item["listOrder"]["S"].split("#")
    assert (section, day, len(inverted), inverted.isdigit()) == ("0", "9999-12-31", 16, True)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([], CREATED | TEXTS),
        ([{}], CREATED | TEXTS),
        ([{"title": "x"}], CREATED | TEXTS | {"writeID"}),
        ([{"notes": ""}], CREATED | TEXTS - {"notes"} | {"writeID"}),
        ([{"description": "", "notes": "", "dateDue": ""}], CREATED | {"writeID"}),
        ([{"completed": True}], CREATED | TEXTS | {"writeID", "dateCompleted"}),
        ([{"completed": True}, {"completed": False}], CREATED | TEXTS | {"writeID"}),
    ],
)
def test_the_attributes_of_an_edited_todo(alice: User, changes: list[dict[str, Any]], names: set[str]) -> None:
    todo_id = alice.api.post("/me/todos", FULL).json()["todoID"]
    for each in changes:
        assert alice.api.patch(f"/me/todos/{todo_id}", each).status_code == 200
    assert item_of(alice).keys() == names


def test_the_attributes_of_a_todo_in_the_trash_and_out_of_it(alice: User) -> None:
    path = "/me/todos/" + alice.api.post("/me/todos", FULL).json()["todoID"]
    alice.api.patch(path, {"completed": True})
    kept = CREATED | TEXTS | {"writeID", "dateCompleted"}

    alice.api.delete(path)
    trashed = item_of(alice)
    assert trashed.keys() == kept | {"dateDeleted", "purgeDay"}
    assert trashed["listOrder"]["S"].startswith("2#")
    alice.api.post(f"{path}/restore")
    restored = item_of(alice)
    assert restored.keys() == kept
    assert restored["listOrder"]["S"].startswith("1#")


def test_an_edit_keeps_what_search_looks_at_and_the_body_of_the_creation(alice: User) -> None:
    todo_id = alice.api.post("/me/todos", FULL).json()["todoID"]
    before = item_of(alice)
    alice.api.patch(f"/me/todos/{todo_id}", {"title": FULL_WIDTH})

    after = item_of(alice)
    assert after == {
        **before,
        "title": {"S": FULL_WIDTH},
        "titleFolded": {"S": "full i\u0307"},
        "version": {"N": "2"},
        "dateUpdated": after["dateUpdated"],
        "writeID": after["writeID"],
    }


def test_a_request_to_erase_the_account(alice: User) -> None:
    requested = alice.api.post("/me/todos/erase-account", {"confirm": alice.sub}).json()["dateRequested"]
    item = item_of(alice)
    assert item == {
        "userID": {"S": alice.sub},
        "todoID": {"S": "#erase-account"},
        "dateCreated": {"S": requested},
        "purgeDay": {"S": item["purgeDay"]["S"]},
    }
