"""Lists go on by a cursor: whole, in order, and for nobody to change."""

import re

from tests.clients import User
from tests.dynamodb_calls import pages_of
from tests.support.many import customer_with
from tests.support.staff import Member

_TITLE = re.compile(r'<th class="field-title[^>]*><a[^>]*>([^<]+)</a>')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


def walk(member: Member, query: str) -> tuple[list[str], int]:
    """The titles of all pages, and how many pages there were."""
    titles: list[str] = []
    pages = 0
    following: str | None = query
    while following is not None:
        page = member.get(f"/admin/todos/todo/{following}").content.decode()
        titles += _TITLE.findall(page)
        pages += 1
        found = _NEXT.search(page)
        assert ("This list is partial" in page) == (found is not None)
        following = found[1].replace("&amp;", "&") if found else None
    return titles, pages


def api_titles(user: User, query: str) -> list[str]:
    return [todo["title"] for todo in user.api.get(f"/me/todos?limit=200{query}").json()["todos"]]


def test_a_list_is_walked_whole_in_the_order_of_the_api_and_backwards(support: Member) -> None:
    user, _ = customer_with(130)
    expected = api_titles(user, "")
    assert len(expected) == 130
    assert walk(support, f"?customer={user.sub}") == (expected, 2)
    assert walk(support, f"?customer={user.sub}&o=-2") == (expected[::-1], 2)


def test_a_search_that_has_not_seen_all_says_so_and_goes_on(support: Member) -> None:
    user, _ = customer_with(130)
    with pages_of(20):
        titles, pages = walk(support, f"?customer={user.sub}&q=TODO+00012")
    assert (sorted(titles), pages) == ([f"Todo 00012{n}" for n in range(10)], 2)


def test_todos_are_found_by_their_day(support: Member) -> None:
    user, _ = customer_with(30)
    assert len(walk(support, f"?customer={user.sub}&due=none")[0]) == 3
    user.api.post("/me/todos", {"title": "Late", "dateDue": "2020-01-01"})
    assert walk(support, f"?customer={user.sub}&due=overdue") == (["Late"], 1)


def test_a_cursor_is_for_its_own_list_only(support: Member) -> None:
    user, _ = customer_with(130)
    page = support.get(f"/admin/todos/todo/?customer={user.sub}").content.decode()
    found = _NEXT.search(page)
    assert found is not None
    cursor = re.search(r"after=([^&]+)", found[1])
    assert cursor is not None
    other = User.sign_up()
    for query in (f"?customer={other.sub}&after={cursor[1]}", f"?customer={user.sub}&status=open&after={cursor[1]}"):
        answer = support.get(f"/admin/todos/todo/{query}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/todos/todo/?e=1")


def test_a_page_says_whose_its_list_is_in_which_zone_its_times_are_and_a_long_title_in_short(support: Member) -> None:
    user = User.sign_up()
    created = user.api.post("/me/todos", {"title": "W" * 500}).json()
    page = support.get(f"/admin/todos/todo/?customer={user.email}").content.decode()
    assert f"<h1>To-dos of {user.email}</h1>" in page
    assert f"{created['dateCreated'][:19].replace('T', ' ')} UTC" in page
    page = support.get(f"/admin/todos/todo/{user.sub}~{created['todoID']}/change/").content.decode()
    assert f"<h2>{'W' * 79}…</h2>" in page
    assert f'value="{"W" * 500}"' in page
