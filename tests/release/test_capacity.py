"""CAPACITY.md and the target of scaling are what comes out of the figures."""

import re
from collections import defaultdict
from typing import Any

from deploy.capacity.costs import TARGET, tasks
from deploy.capacity.figures import ALARM_METRICS, BUSY, LOG_METRICS, USERS
from deploy.capacity.page import PAGE, tables, written
from deploy.release.stage import TEMPLATES, Stage
from tests.cloud.templates import read


def test_the_page_is_what_comes_out_of_the_figures() -> None:
    page = PAGE.read_text()
    assert page == written(page)
    assert re.findall("<!-- table: (\\w+) -->", page) == list(tables())


def test_scaling_aims_at_what_half_a_core_serves() -> None:
    followed = re.findall(r"TargetValue: (\d+)", (TEMPLATES / "service.yaml").read_text())
    assert followed == [f"{100 * BUSY:.0f}", *[str(TARGET)] * 2]


def test_the_alarms_and_metrics_that_are_paid_for_are_those_of_the_templates() -> None:
    of_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stack in ("service", "watch"):
        for each in read(stack)["Resources"].values():
            of_type[each["Type"]].append(each["Properties"])
    watched = [
        metric
        for alarm in of_type["AWS::CloudWatch::Alarm"]
        for metric in alarm.get("Metrics", [alarm])
        if metric.get("Expression", "SELECT").startswith("SELECT")
    ]
    queries, scaling = 15, 8
    assert len(watched) + queries + scaling == ALARM_METRICS
    made = {
        one["MetricName"]: 5 if "Dimensions" in one else 1
        for each in of_type["AWS::Logs::MetricFilter"]
        for one in each["MetricTransformations"]
    }
    assert sum(made.values()) == LOG_METRICS


def test_production_has_room_for_the_peak_of_most_users() -> None:
    most = int(Stage.read("production").parameters["service"]["MaxTasks"])
    assert tasks(USERS[1]) < tasks(USERS[2]) <= most
