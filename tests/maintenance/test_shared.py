"""What all maintenance commands have in common, seen at one of them or at each."""

import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.management import call_command

from deploy.local import resources
from files.storage import files_storage
from tests.clients import User
from tests.faults.fault import DROPPED, HELD, THROTTLED, THROTTLED_TRANSACTION, Fault
from tests.faults.proxy import Proxy
from tests.faults.server import wait_until
from tests.maintenance.commands import assert_nothing_wrong, at, call, finish, start
from tests.maintenance.kills import CASES, TODOS, seed
from tests.uploads import new_todo, objects_of, store
from tests.walks import walk
from todoproject.aws import dynamodb
from todoproject.aws.capacity import Meter
from todoproject.maintenance import progress, run
from todos.models import TodoModel

COMMANDS = {*CASES, "create_tables", "export_data"}


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        yield proxy


@contextmanager
def failing(client: Any, event: str, *, unless: Any = lambda params: False) -> Iterator[None]:
    """No such call gets through, as in an outage."""

    def fail(*, params: Any, **_: Any) -> None:
        if not unless(params):
            raise EndpointConnectionError(endpoint_url="https://nowhere")

    client.meta.events.register(event, fail)
    try:
        yield
    finally:
        client.meta.events.unregister(event, fail)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PAUSES", (0.001, 0.001))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_has_an_example_and_the_exit_codes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call(name, "--help")
    text = capsys.readouterr().out
    assert f"manage.py {name}" in text.partition("example:")[2]
    for part in ("--apply", "--rate UNITS", "--segments N", "--resume TOKEN", "--json", "exit codes:"):
        assert part in text


@pytest.mark.parametrize("option", ["--rate=0", "--rate=-1", "--rate=inf", "--rate=x", "--segments=0", "--segments=99"])
def test_a_number_that_makes_no_sense_is_refused(option: str) -> None:
    assert finish(start("check_data", option)).code == 2


def test_the_summary_is_all_that_stdout_holds_with_json(alice: User) -> None:
    seeded = finish(start("seed_demo", *seed(alice)))
    assert seeded.code == 0
    assert seeded.summary == {
        "command": "seed_demo",
        "applied": True,
        "finished": True,
        "resume": None,
        "counts": {"files made": 4, "todos made": TODOS, "users": 1},
        "errorCount": 0,
        "errors": [],
        "earlierErrorCount": 0,
        "receipts": [],
        "seconds": seeded.summary["seconds"],
        "units": seeded.summary["units"],
        "calls": {
            "dynamodb:GetItem": 4,
            "dynamodb:PutItem": TODOS,
            "dynamodb:TransactWriteItems": 4,
            "s3:PutObject": 4,
        },
        "peakMemoryMB": seeded.summary["peakMemoryMB"],
    }
    assert seeded.summary["units"]["write"] > TODOS * 2


def test_people_get_a_summary_to_read(alice: User) -> None:
    out = io.StringIO()
    call_command("seed_demo", *seed(alice)[:-1], stdout=out, stderr=io.StringIO())
    lines = out.getvalue().splitlines()
    assert lines[0] == "seed_demo, a dry run: nothing was written"
    assert [line.split() for line in lines[1:4]] == [
        ["files", "to", "make", "4"],
        ["todos", "to", "make", "6"],
        ["users", "1"],
    ]
    assert walk(alice) == []


def test_progress_rewrites_its_line_on_a_terminal_and_is_plain_in_a_log(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_TERMINAL_PAUSE", 0)
    monkeypatch.setattr(progress, "_LOG_PAUSE", 0)
    terminal, log = io.StringIO(), io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for output in (terminal, log):
        call_command("seed_demo", *seed(alice)[:-1], stdout=io.StringIO(), stderr=output)
    assert log.getvalue().count("\n") == TODOS
    assert "\x1b" not in log.getvalue()
    assert log.getvalue().splitlines()[-1].startswith("todos: 6 of about 6, ")
    assert log.getvalue().splitlines()[-1].endswith(" a second, 0:00 left")
    assert terminal.getvalue().count("\r\x1b[Ktodos: ") == TODOS


def test_a_rate_spreads_what_was_consumed_over_time(alice: User) -> None:
    pauses: list[float] = []

    class Clock(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            return False

    meter = Meter(rate=1, stop=Clock())
    began = time.monotonic()
    with meter.watching(dynamodb.client()):
        for _ in range(6):
            new_todo(alice)
    consumed = meter.consumed.read_units + meter.consumed.write_units
    elapsed = time.monotonic() - began
    assert consumed >= 12
    # The last call waits for what those before it consumed; as nobody really waited, the pauses add up.
    assert len(pauses) == 5
    assert pauses[-1] + elapsed >= consumed - 2
    assert call("seed_demo", *seed(alice), "--rate", "1000").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_ends_after_its_item_and_can_go_on(
    alice: User, proxy: Proxy, number: signal.Signals
) -> None:
    proxy.inject(HELD, "PutItem", times=1)
    process = start("seed_demo", *seed(alice), AWS_ENDPOINT_URL_DYNAMODB=proxy.url, AWS_READ_TIMEOUT="30")
    proxy.wait_for("PutItem")
    process.send_signal(number)
    wait_until(lambda: process.has_heard(number), seconds=30, what="the signal is heard")
    proxy.release()
    stopped = finish(process)

    assert (stopped.code, stopped.summary["finished"]) == (3, False)
    assert "Stopped before the end." in stopped.sentence
    assert len(walk(alice)) <= 1
    resumed = call("seed_demo", *seed(alice), "--resume", stopped.summary["resume"])
    assert (resumed.code, resumed.summary["finished"]) == (0, True)
    assert_nothing_wrong(alice)


@pytest.mark.usefixtures("impatient")
def test_a_token_is_for_the_same_command_with_the_same_options(alice: User) -> None:
    with failing(dynamodb.client(), "before-call.dynamodb.Scan"):
        token = call("check_data").summary["resume"]
    for command, *options in (
        ("check_data", "--user", alice.sub, "--resume", token),
        ("check_data", "--repair", "--resume", token),
        ("reconcile_files", "--resume", token),
        ("check_data", "--resume", token[:-1]),
        ("check_data", "--resume", "x"),
    ):
        outcome = call(command, *options)
        assert (outcome.code, outcome.sentence) == (
            2,
            "--resume: not a token of this command with these options. Begin without it.",
        )


@pytest.mark.parametrize(
    ("fault", "operation", "times"),
    [(DROPPED, "", 3), (THROTTLED, "PutItem", 4), (THROTTLED_TRANSACTION, "TransactWriteItems", 2)],
    ids=["lost answers", "throttled", "a throttled transaction"],
)
def test_answers_that_are_lost_or_late_change_nothing(
    alice: User, proxy: Proxy, fault: Fault, operation: str, times: int
) -> None:
    proxy.inject(fault, operation, times=times)
    outcome = finish(start("seed_demo", *seed(alice), AWS_ENDPOINT_URL_DYNAMODB=proxy.url))
    assert (outcome.code, outcome.errors) == (0, {})
    CASES["seed_demo"].assert_done(alice, Path())
    assert_nothing_wrong(alice)


@pytest.mark.usefixtures("impatient")
def test_while_aws_does_not_answer_the_run_stops_and_can_go_on(alice: User) -> None:
    with failing(dynamodb.client(), "before-call.dynamodb.Scan"):
        outcome = call("check_data")
    assert (outcome.code, outcome.summary["finished"], outcome.counts) == (3, False, {})
    assert outcome.sentence.startswith("AWS did not answer as it should for a minute: ")
    assert call("check_data", "--resume", outcome.summary["resume"]).summary["finished"]


def test_a_role_that_may_not_describe_the_tables_only_misses_the_time_left(alice: User) -> None:
    def deny(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeTable")

    events = dynamodb.client().meta.events
    events.register("before-call.dynamodb.DescribeTable", deny)
    try:
        assert call("reconcile_files").summary["finished"]
    finally:
        events.unregister("before-call.dynamodb.DescribeTable", deny)


@pytest.mark.usefixtures("impatient")
def test_one_item_that_aws_does_not_answer_for_is_named_and_the_others_are_done(alice: User) -> None:
    stuck, done = new_todo(alice), new_todo(alice)
    for todo_id in (stuck, done):
        store(alice, todo_id, b"content")
    deleted = datetime(2032, 3, 1, tzinfo=UTC)
    with at(deleted):
        for todo_id in (stuck, done):
            alice.api.delete(f"/me/todos/{todo_id}")

    def is_other(params: Any) -> bool:
        return stuck.encode() not in params["body"]

    later = at(deleted + timedelta(days=31))
    with later, failing(files_storage().client, "before-call.s3.DeleteObjects", unless=is_other):
        outcome = call("purge_trash", "--days", "5", "--apply")
    assert (outcome.code, outcome.summary["finished"], list(outcome.errors)) == (1, True, [f"{alice.sub}/{stuck}"])
    assert len(objects_of(alice)) == 1
    assert [item.todo_id for item in TodoModel.query(alice.sub)] == [stuck]


@pytest.mark.parametrize("command", CASES)
def test_two_at_once_do_no_harm(alice: User, tmp_path: Path, command: str) -> None:
    arguments = CASES[command].prepare(alice, tmp_path)
    both = [start(command, *arguments) for _ in range(2)]
    outcomes = [finish(process) for process in both]
    assert [(outcome.code, outcome.errors) for outcome in outcomes] == [(0, {})] * 2
    CASES[command].assert_done(alice, tmp_path)
    assert_nothing_wrong(alice)


@pytest.mark.parametrize("name", ["create_tables", "seed_demo"])
@pytest.mark.parametrize("address", ["", "https://dynamodb.eu-west-1.amazonaws.com:443"])
def test_what_makes_things_up_refuses_to_run_against_aws(name: str, address: str) -> None:
    outcome = finish(start(name, "--apply", AWS_ENDPOINT_URL_DYNAMODB=address))
    assert (outcome.code, "Set AWS_ENDPOINT_URL_DYNAMODB to a stand-in" in outcome.sentence) == (2, True)


def test_a_table_that_differs_from_its_model_is_named_and_left() -> None:
    name = f"other-{uuid4().hex}"
    key = {"AttributeName": "userID", "KeyType": "HASH"}
    resources.client("dynamodb", os.environ).create_table(
        TableName=name,
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "userID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    outcome = finish(start("create_tables", "--apply", TODOS_TABLE=name))
    assert outcome.code == 1
    assert [error["item"] for error in outcome.summary["errors"]] == [name] * 3
    assert "keys: it has ['userID', None, None], the model ['userID', 'todoID', None]" in json.dumps(outcome.summary)


def test_tables_are_made_once_and_found_as_they_should_be() -> None:
    names = {name: f"new-{uuid4().hex}" for name in ("TODOS_TABLE", "FILES_TABLE", "STAFF_TABLE", "AUDIT_TABLE")}
    assert finish(start("create_tables", **names)).counts == {"tables to make": 4}
    assert finish(start("create_tables", "--apply", **names)).counts["tables made"] == 4
    again = finish(start("create_tables", "--apply", **names))
    assert (again.code, again.counts["tables there already"]) == (0, 4)


def test_the_files_role_cannot_reach_what_an_erasure_must() -> None:
    outcome = finish(start("purge_trash", "--apply", SERVICE_ROLE="files"))
    assert (outcome.code, "Set SERVICE_ROLE=all." in outcome.sentence) == (2, True)
