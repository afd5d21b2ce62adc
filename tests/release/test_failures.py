"""What is said where CloudFormation refuses, fails or is cut off; and that the next deployment goes on from there."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.release import progress, service
from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError, run
from deploy.release.stage import Stage
from tests.release.conftest import Answers, answered, leave, push, refused, stack_in_moto, statuses, template

Deploy = Callable[..., Stage]
NETWORK = "todo-staging-network"
TOPIC = ("Topic", "AWS::SNS::Topic", "No rights to make it")
CANCELLED = ("Queue", "AWS::SQS::Queue", "Resource update cancelled")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE", 0)


@pytest.fixture
def changed(deploy: Deploy, templates: Path) -> Deploy:
    """A stack that is there, and a template that would change it."""
    deploy("network")
    body = template("network")
    body["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    (templates / "network.yaml").write_text(json.dumps(body))
    return deploy


def _end_in(answers: Answers, status: str, *failures: tuple[str, str, str], began: str = "UPDATE_IN_PROGRESS") -> None:
    """Have what is carried out end in this status."""

    def execute() -> Any:
        leave(NETWORK, status, *failures, began=began)
        return answered()

    answers("cloudformation.ExecuteChangeSet", execute)


def _deployed(deploy: Deploy) -> None:
    deploy("network")


def _error(deploy: Deploy) -> str:
    with pytest.raises(ReleaseError) as error:
        deploy("network")
    return str(error.value)


@pytest.mark.parametrize("there", [False, True])
def test_a_change_set_that_fails_is_told_with_its_reason_and_leaves_nothing(
    deploy: Deploy, answers: Answers, request: pytest.FixtureRequest, there: bool
) -> None:
    if there:
        request.getfixturevalue("changed")
    before = statuses()
    reason = "Requires capabilities : [CAPABILITY_NAMED_IAM]"
    answers("cloudformation.DescribeChangeSet", lambda: answered(Status="FAILED", StatusReason=reason))
    assert _error(deploy) == f"{NETWORK} was not changed, since CloudFormation refuses the change set: {reason}"
    assert statuses() == before


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
)
def test_a_change_set_without_changes_is_no_failure(
    changed: Deploy, answers: Answers, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    capsys.readouterr()
    answers("cloudformation.DescribeChangeSet", lambda: answered(Status="FAILED", StatusReason=reason))
    changed("network")
    assert capsys.readouterr().out == f"{NETWORK}: nothing to change\n"


def test_an_update_that_was_taken_back_names_what_failed_and_the_next_one_goes_on(
    changed: Deploy, answers: Answers
) -> None:
    leave(NETWORK, "UPDATE_ROLLBACK_COMPLETE", ("Old", "AWS::SNS::Topic", "Failed a month ago"))
    _end_in(answers, "UPDATE_ROLLBACK_COMPLETE", TOPIC, CANCELLED)
    assert _error(changed) == (
        f"{NETWORK} is UPDATE_ROLLBACK_COMPLETE. What failed: \n  Topic (AWS::SNS::Topic): No rights to make it\n"
        "It is as it was before. Mend what is named, and deploy again."
    )
    answers.end()
    changed("network")
    assert statuses() == {NETWORK: "UPDATE_COMPLETE"}


def test_a_first_creation_that_was_taken_back_says_that_a_person_must_clear_it_away(
    deploy: Deploy, answers: Answers
) -> None:
    _end_in(answers, "ROLLBACK_COMPLETE", TOPIC, began="CREATE_IN_PROGRESS")
    assert _error(deploy) == (
        f"{NETWORK} is ROLLBACK_COMPLETE. What failed: \n  Topic (AWS::SNS::Topic): No rights to make it\n"
        "What it had made is gone again. Mend what is named, and deploy again from a terminal: the empty stack must be "
        "deleted before, which no pipeline may do."
    )


def test_a_first_creation_that_failed_is_cleared_away_and_made_anew(deploy: Deploy) -> None:
    deploy("network")
    leave(NETWORK, "ROLLBACK_COMPLETE", TOPIC)
    deploy("network")
    assert statuses() == {NETWORK: "CREATE_COMPLETE"}


def test_a_pipeline_that_cannot_clear_it_away_says_who_can(deploy: Deploy, answers: Answers) -> None:
    deploy("network")
    leave(NETWORK, "ROLLBACK_COMPLETE", TOPIC)
    denied = "User: core is not authorized to perform: cloudformation:DeleteStack"
    answers("cloudformation.DeleteStack", lambda: refused("AccessDenied", denied))
    assert _error(deploy) == (
        f"{NETWORK} is ROLLBACK_COMPLETE and must be deleted before it can be made anew, which these credentials may "
        "not do, nor may any pipeline. With rights of an administrator: aws cloudformation delete-stack --stack-name "
        f"{NETWORK}, then deploy again."
    )
    assert statuses() == {NETWORK: "ROLLBACK_COMPLETE"}


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_FAILED", "rollback-stack"),
        ("ROLLBACK_FAILED", "delete-stack"),
        ("DELETE_FAILED", "delete-stack"),
    ],
)
def test_a_stack_that_is_stuck_is_named_with_what_failed_and_what_to_do(
    deploy: Deploy, status: str, command: str
) -> None:
    deploy("network")
    leave(NETWORK, "UPDATE_ROLLBACK_COMPLETE", ("Old", "AWS::SNS::Topic", "Failed a month ago"))
    leave(NETWORK, status, TOPIC)
    assert _error(deploy) == (
        f"{NETWORK} is {status} and cannot be changed. What failed: \n  Topic (AWS::SNS::Topic): No rights to make it\n"
        f"Mend that; then, with rights of an administrator: aws cloudformation {command} --stack-name {NETWORK}. "
        "Deploy again."
    )


def test_a_first_change_set_that_was_abandoned_is_no_hindrance(deploy: Deploy) -> None:
    deploy("network")
    stack_in_moto(NETWORK).status = "REVIEW_IN_PROGRESS"
    deploy("network")
    assert statuses() == {NETWORK: "CREATE_COMPLETE"}


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_nothing_is_released_into_a_service_that_never_came_up(deploy: Deploy, status: str) -> None:
    stage = deploy()
    push("todos-2")
    stack_in_moto("todo-staging-service").status = status
    with pytest.raises(ReleaseError, match="todo-staging-service is not there: make deploy STAGE=staging makes it"):
        service.release(stage, "todos", "todos-2", Consent(yes=True))


def test_who_comes_second_waits_for_the_first(
    changed: Deploy, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    # The first looks are for addresses of the stage.
    looks = iter(["UPDATE_IN_PROGRESS"] * 6)

    def busy() -> Any:
        status = next(looks, None)
        return answered(Stacks=[{"StackName": NETWORK, "StackStatus": status}]) if status else None

    answers("cloudformation.DescribeStacks", busy)
    changed("network")
    assert statuses() == {NETWORK: "UPDATE_COMPLETE"}
    assert "waiting for the deployment" in capsys.readouterr().out


def test_who_was_overtaken_makes_a_new_change_set(changed: Deploy, answers: Answers) -> None:
    overtaken = iter([refused("InvalidChangeSetStatus", "[OBSOLETE]")])
    answers("cloudformation.ExecuteChangeSet", lambda: next(overtaken, None))
    changed("network")
    assert statuses() == {NETWORK: "UPDATE_COMPLETE"}


def test_who_is_overtaken_every_time_gives_up_and_leaves_nothing(changed: Deploy, answers: Answers) -> None:
    answers("cloudformation.ExecuteChangeSet", lambda: refused("InvalidChangeSetStatus", "[OBSOLETE]"))
    assert _error(changed) == f"{NETWORK} was not changed: another deployment was quicker 4 times. Try again."
    assert statuses() == {NETWORK: "CREATE_COMPLETE"}


# --- Cut off while CloudFormation is at work: it goes on, and whoever waited is told so -----------------

GOES_ON = (
    f"CloudFormation goes on with {NETWORK} by itself. To see it: aws cloudformation describe-stack-events "
    f"--stack-name {NETWORK}. To take an update back while it runs: aws cloudformation cancel-update-stack "
    f"--stack-name {NETWORK}. The same command waits for it, then goes on.\n"
)


def _during_the_wait(answers: Answers, happens: Callable[[], Any]) -> None:
    executed = False

    def execute() -> None:
        nonlocal executed
        executed = True

    answers("cloudformation.ExecuteChangeSet", execute)
    answers("cloudformation.DescribeStackEvents", lambda: happens() if executed else None)


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("happens", "code", "said"),
    [
        (_interrupt, 130, "Interrupted. "),
        (
            lambda: refused("ExpiredToken", "The security token included in the request is expired"),
            1,
            "AWS does not take these credentials any more (The security token included in the request is expired). "
            "Sign in and start again; a stack that CloudFormation is at work on goes on by itself meanwhile.\n",
        ),
        (
            lambda: refused("Throttling", "Rate exceeded"),
            1,
            "AWS asks for fewer calls (Rate exceeded). Try again in some minutes; what is done stays.\n",
        ),
    ],
)
def test_who_is_cut_off_is_told_that_it_goes_on(
    changed: Deploy,
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
    happens: Callable[[], Any],
    code: int,
    said: str,
) -> None:
    _during_the_wait(answers, happens)
    with pytest.raises(SystemExit) as end:
        run(partial(_deployed, changed))
    assert (end.value.code, capsys.readouterr().err) == (code, said + GOES_ON)
    assert statuses() == {NETWORK: "UPDATE_COMPLETE"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", r"AWS does not take these credentials any more \(Why\)\. Sign in and start again; .*"),
        ("InvalidClientTokenId", r"AWS does not take these credentials any more \(Why\)\. Sign in and start again; .*"),
        ("Throttling", r"AWS asks for fewer calls \(Why\)\. Try again in some minutes; what is done stays\."),
        ("AccessDenied", r"These credentials may not do that: Why"),
        ("ValidationError", r"AWS refused DescribeStacks: Why"),
    ],
)
def test_what_aws_refuses_is_one_line_and_no_traceback(
    deploy: Deploy, answers: Answers, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    answers("cloudformation.DescribeStacks", lambda: refused(code, "Why"))
    with pytest.raises(SystemExit) as end:
        run(partial(_deployed, deploy))
    assert end.value.code == 1
    assert re.fullmatch(said + "\n", capsys.readouterr().err)
