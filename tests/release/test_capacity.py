"""CAPACITY.md and the target of scaling are what comes out of the figures."""

import re

from deploy.capacity.costs import TARGET, tasks
from deploy.capacity.figures import USERS
from deploy.capacity.page import PAGE, tables, written
from deploy.release.stage import TEMPLATES, Stage


def test_the_page_is_what_comes_out_of_the_figures() -> None:
    page = PAGE.read_text()
    assert page == written(page)
    assert re.findall("<!-- table: (\\w+) -->", page) == list(tables())


def test_scaling_aims_at_what_half_a_core_serves() -> None:
    followed = (TEMPLATES / "service.yaml").read_text().partition("  FollowTodosRequests:")[2]
    assert re.findall(r"TargetValue: (\d+)", followed) == [str(TARGET)] * 2


def test_production_has_room_for_the_peak_of_most_users() -> None:
    most = int(Stage.read("production").parameters["service"]["MaxTasks"])
    assert tasks(USERS[1]) < tasks(USERS[2]) <= most
