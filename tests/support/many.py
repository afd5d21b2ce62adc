"""A customer with more todos than a person makes, and what each page of the admin costs then."""

import os
from collections.abc import Iterator

from deploy.local import resources
from tests.clients import User
from tests.dynamodb_calls import Call, pages_of, recorded_calls
from tests.support.staff import Member
from todos.models import TodoModel, list_order_of

# How many todos a page of DynamoDB's holds here, in the place of its 1 MB.
PAGE = 300


def customer_with(count: int) -> tuple[User, str]:
    """Open todos, a tenth of them without a day; the id of one comes too."""
    user = User.sign_up()
    items = [todo.serialize() for todo in _todos(user.sub, count)]
    table = os.environ["TODOS_TABLE"]
    dynamodb = resources.client("dynamodb", os.environ)
    for start in range(0, count, 25):
        waiting = {table: [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]}
        while waiting:
            waiting = dynamodb.batch_write_item(RequestItems=waiting)["UnprocessedItems"]
    return user, items[0]["todoID"]["S"]


def _todos(user_id: str, count: int) -> Iterator[TodoModel]:
    for number in range(count):
        day = f"20{30 + number % 60}-01-01" if number % 10 else None
        created = f"2026-01-01T00:00:00.{number % 1_000_000:06}Z"
        yield TodoModel(
            user_id,
            f"00000000-0000-4000-8000-{number:012}",
            title=f"Todo {number:06}",
            title_folded=f"todo {number:06}",
            date_due=day,
            date_created=created,
            date_updated=created,
            list_order=list_order_of(date_due=day, date_created=created, date_completed=None, date_deleted=None),
            create_hash="0" * 64,
        )


def costs_of_pages(user: User, todo_id: str) -> dict[str, list[Call]]:
    """The calls of each page, by its name."""
    member = Member.signed_in("support")
    todos = f"/admin/todos/todo/?customer={user.sub}"
    following = member.get(todos).content.decode().partition('rel="next"')[0].rpartition('href="')[2].rstrip('" ')
    pages = {
        "list": todos,
        "next page": f"/admin/todos/todo/{following.replace('&amp;', '&')}",
        "backwards": f"{todos}&o=-2",
        "open": f"{todos}&status=open",
        "completed": f"{todos}&status=completed",
        "without a day": f"{todos}&due=none",
        "search that finds nothing": f"{todos}&q=nonsense",
        "todo": f"/admin/todos/todo/{user.sub}~{todo_id}/change/",
        "history": f"/admin/todos/todo/{user.sub}~{todo_id}/history/",
        "delete": f"/admin/todos/todo/{user.sub}~{todo_id}/delete/",
        "customer": f"/admin/support/customer/{user.sub}/change/",
        "files": f"/admin/files/file/?customer={user.sub}",
        "audit": f"/admin/support/event/?customer={user.sub}",
    }
    found = {}
    for name, path in pages.items():
        with pages_of(PAGE), recorded_calls() as calls:
            answer = member.get(path)
        assert answer.status_code == 200, (name, path, answer.status_code)
        found[name] = calls
    shown = member.get(pages["customer"]).content.decode()
    assert "1,000+" in shown
    assert "This list is partial" in member.get(pages["list"]).content.decode()
    return found


def assert_bounded(costs: dict[str, list[Call]]) -> None:
    """Calls and units that hold for any number of todos: of the session and the member, one event, and the page."""
    for name, calls in costs.items():
        most_calls, most_units = {"customer": (12, 80), "search that finds nothing": (9, 120)}.get(name, (8, 40))
        assert len(calls) <= most_calls, (name, calls)
        assert sum(call.units for call in calls) <= most_units, (name, calls)
