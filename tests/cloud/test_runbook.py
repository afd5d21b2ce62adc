"""The page for whoever is woken: it has an entry for each alarm, and asks the logs for what they hold."""

import json
import re
from typing import Any

from tests.clients import Api, User
from tests.cloud.templates import FOLDER, read
from tests.logs import logged
from todoproject import settings

PAGE = (FOLDER / "RUNBOOK.md").read_text()
# Of Logs Insights, and what a query calls its own columns.
_WORDS = {"filter", "fields", "stats", "sort", "limit", "by", "as", "desc", "and", "count", "pct", "avg", "sum"}
_OWN = {"requests", "units", "timestamp"}


def _alarms() -> set[str]:
    watch: dict[str, Any] = read("watch")
    return {name for name, each in watch["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}


def test_every_alarm_has_its_entry_and_every_entry_its_alarm() -> None:
    entries = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
    assert len(entries) == len(set(entries))
    assert set(entries) == _alarms()


def test_an_entry_says_something() -> None:
    for entry in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        name, _, text = entry.partition("\n")
        assert len(text.split()) > 15, name


def test_the_queries_ask_for_fields_that_lines_have() -> None:
    user = User.sign_up()
    with logged() as lines:
        user.api.get("/me/todos")
        Api(None).get("/admin/")
    fields = {field for line in lines.all for field in json.loads(json.dumps(line))}
    # With a failure only: tests/test_logs.py.
    fields |= {"error", "exc_info"}
    queries = [line.strip() for line in PAGE.splitlines() if re.match(r" {4}(filter|stats|fields) ", line)]
    assert len(queries) >= 7
    for query in queries:
        asked = set(re.findall(r"[A-Za-z_]+", re.sub(r'"[^"]*"', "", query))) - _WORDS - _OWN
        assert asked <= fields, query


def test_the_page_is_named_where_one_looks_for_it() -> None:
    assert "cloudformation/RUNBOOK.md" in (settings.BASE_DIR / "README.md").read_text()
