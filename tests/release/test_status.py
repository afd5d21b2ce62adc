"""`make status` says of each stack, task and alarm how it is, whatever state they are in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from deploy.release import status
from deploy.release.stage import ROOT, STACKS, TEMPLATES, Stage
from tests.release.conftest import TAG, Answers, answered, leave, stack_in_moto


def _shown(stage: Stage, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Line by line: what stands first, and the rest with single spaces."""
    capsys.readouterr()
    status.show(stage)
    lines = capsys.readouterr().out.splitlines()
    return {first: " ".join(rest.split()) for first, _, rest in (line.strip().partition(" ") for line in lines)}


def test_a_stage_that_is_not_there(deploy: Callable[..., Stage], capsys: pytest.CaptureFixture[str]) -> None:
    assert _shown(deploy("network", dry_run=True), capsys) == {
        **{f"todo-staging-{name}": "not there" for name in STACKS},
        "alarms": "none is on",
    }


@pytest.mark.usefixtures("image")
def test_a_stage_that_is_up(answers: Answers, deploy: Callable[..., Stage], capsys: pytest.CaptureFixture[str]) -> None:
    stage = deploy()
    said = [{"createdAt": datetime(2026, 12, 1, 8, minute, tzinfo=UTC), "message": f"{minute}"} for minute in range(5)]
    service = {"deployments": [{"rolloutState": "COMPLETED"}], "events": said}
    answers("ecs.DescribeServices", lambda: answered(services=[{"runningCount": 2, "desiredCount": 3, **service}]))
    for name, action in (("service-errors", "sns"), ("follow-cpu-low", "autoscaling")):
        stage.client("cloudwatch").put_metric_alarm(
            AlarmName=f"todo-staging-{name}",
            AlarmDescription="See the log.",
            AlarmActions=[f"arn:aws:{action}:eu-west-1:111122223333:target"],
            MetricName="m",
            Namespace="n",
            Period=60,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1,
            Statistic="Sum",
        )
        stage.client("cloudwatch").set_alarm_state(
            AlarmName=f"todo-staging-{name}", StateValue="ALARM", StateReason="tried"
        )
    shown = _shown(Stage.read("staging", stage.templates), capsys)
    assert shown["todo-staging-service"].endswith(f"Todos {TAG[:12]} Files {TAG[:12]}")
    assert shown["todo-staging-network"].startswith("CREATE_COMPLETE 20")
    assert (shown["tasks"], shown["2026-12-01"]) == ("2 of 3 run COMPLETED", "08:02 2")
    assert shown["ALARM"] == "todo-staging-service-errors: See the log."
    assert "alarms" not in shown
    assert shown["ApiUrl"] == "https://abc.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name todo-staging-network"),
        ("UPDATE_ROLLBACK_COMPLETE", "It is as it was before."),
        ("ROLLBACK_COMPLETE", "which no pipeline may do."),
    ],
)
def test_a_stack_that_needs_somebody_says_what_to_do(
    deploy: Callable[..., Stage], capsys: pytest.CaptureFixture[str], state: str, advice: str
) -> None:
    stage = deploy("network")
    leave("todo-staging-network", state)
    capsys.readouterr()
    status.show(stage)
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("todo-staging-network"))
    assert state in lines[at]
    assert advice in lines[at + 1]


@pytest.mark.parametrize("state", ["REVIEW_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_stack_that_somebody_is_at_work_on(
    deploy: Callable[..., Stage], capsys: pytest.CaptureFixture[str], state: str
) -> None:
    stage = deploy("network")
    stack_in_moto("todo-staging-network").status = state
    assert _shown(stage, capsys)["todo-staging-network"].startswith(state)


def test_every_alarm_names_a_command_and_this_stage() -> None:
    watch = (TEMPLATES / "watch.yaml").read_text()
    told = re.findall(r"AlarmDescription: !Sub >-\n((?:        .*\n)+)", watch)
    assert len(told) == watch.count("Type: AWS::CloudWatch::Alarm")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for text in map(" ".join, map(str.split, told)):
        commands = re.findall(r"\b(?:make ([a-z]+) STAGE=|aws [a-z-]+ [a-z-]+ [^,;]*todo-)\$\{Stage\}", text)
        assert commands, text
        assert {command for command in commands if command} <= targets
