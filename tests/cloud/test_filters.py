"""What the metric filters count, on lines as they really come: of answers, of the gateway, of the ends of tasks."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from gunicorn.config import Config

from deploy.admission import Admission
from deploy.worker import Worker
from tests.clients import User
from tests.cloud.balancer import containers_of
from tests.cloud.deployment import Deployment
from tests.cloud.patterns import counted, is_sent, measured
from tests.logs import logged
from todoproject.api.requests import identify_request

# --- The containers, which test_defects.py asks while they run ------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status", "expected"),
    [
        ("todos", 500, {"Defects": 1}),
        ("files", 500, {"Defects": 1}),
        ("todos", 503, {}),
        ("files", 503, {}),
        ("todos", 404, {}),
        ("todos", 429, {"RateLimited": 1}),
        ("files", 429, {"RateLimited": 1}),
    ],
)
def test_the_line_of_an_answer_is_counted_by_its_status(
    deployment: Deployment, role: str, status: int, expected: dict[str, int]
) -> None:
    with logged() as lines:
        identify_request(lambda request: HttpResponse(status=status))(RequestFactory().get("/me/todos"))
    group = containers_of(deployment)[role].definition["LogConfiguration"]["Options"]["awslogs-group"]
    assert counted(deployment, group, lines.text.strip()) == expected


@pytest.mark.parametrize("role", ["todos", "files"])
def test_what_an_answer_takes_and_consumes_is_measured_by_its_kind(deployment: Deployment, role: str) -> None:
    user = User.sign_up()
    with logged() as lines:
        user.api.post("/me/todos", {"title": "Milk"})
        user.api.get("/me/todos")
    group = containers_of(deployment)[role].definition["LogConfiguration"]["Options"]["awslogs-group"]
    for line, kind in zip(lines.text.splitlines(), ["write", "list"], strict=True):
        said = json.loads(line)
        assert measured(deployment, group, line) == {
            "Milliseconds": (said["milliseconds"], {"Kind": kind}),
            "ReadUnits": (said["readUnits"], {"Kind": kind}),
            "WriteUnits": (said["writeUnits"], {"Kind": kind}),
        }


@pytest.mark.parametrize("role", ["todos", "files"])
def test_requests_that_a_worker_sheds_are_counted_all(
    deployment: Deployment, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.admission.QUEUE_TIMEOUT", 60)
    admission: Any = Admission(1)
    admission.works(SimpleNamespace())
    for _ in range(4):  # One waits.
        admission.admit(SimpleNamespace())
    worker: Any = SimpleNamespace(
        cfg=Config(), _admission=admission, _begin_next=admission.next, _next_look=0.0, _shed=[].append, _waiting={}
    )
    with logged() as lines:
        Worker.murder_keepalived(worker)
    group = containers_of(deployment)[role].definition["LogConfiguration"]["Options"]["awslogs-group"]
    assert measured(deployment, group, lines.text.strip()) == {"Shed": (3, {})}


# --- The gateway ----------------------------------------------------------------------------------------------------

_OF_A_REQUEST = {
    "requestTime": "25/Nov/2026:07:21:13 +0000",
    "requestId": "JKJaXmPLvHcESHA=",
    "identity.sourceIp": "203.0.113.7",
    "routeKey": "GET /{userID}/todos",
    "responseLatency": "41",
    "responseLength": "512",
}
_ANSWERED = {"integrationLatency": "38"}
# By AWS's list of the variables of an HTTP API's access log; what has no value is written as a hyphen.
REQUESTS = {
    "throttled by the gateway": ({"status": "429", "error.message": "Too Many Requests"}, {"GatewayThrottles": 1}),
    "answered": ({"status": "200", "integration.status": "200", **_ANSWERED}, {}),
    "refused by the service's own limit": ({"status": "429", "integration.status": "429", **_ANSWERED}, {}),
    "without a token": ({"status": "401", "error.message": "Unauthorized", "authorizer.error": "Unauthorized"}, {}),
    "no route": ({"status": "404", "routeKey": "$default", "error.message": "Not Found"}, {}),
    "no answer in time": (
        {"status": "503", "error.message": "Service Unavailable", "integrationErrorMessage": "Timed out"},
        {},
    ),
    "429 bytes": ({"status": "200", "integration.status": "200", "responseLength": "429", **_ANSWERED}, {}),
}


def _access_log(deployment: Deployment) -> dict[str, Any]:
    (stage,) = deployment.of_type("AWS::ApiGatewayV2::Stage")
    settings: dict[str, Any] = stage.properties["AccessLogSettings"]
    return settings


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_429_of_the_gateway_is_counted_and_nothing_else(deployment: Deployment, request_: str) -> None:
    values, expected = REQUESTS[request_]
    told, given = _access_log(deployment), _OF_A_REQUEST | values
    line = re.sub(r"\$context\.([A-Za-z.]+)", lambda variable: given.get(variable[1], "-"), told["Format"])
    assert "\n" not in told["Format"], "an event ends where the line does"
    assert json.loads(line)["status"] == given["status"]
    assert counted(deployment, told["DestinationArn"].partition("log-group:")[2], line) == expected


def test_the_access_log_holds_every_value_that_requests_have(deployment: Deployment) -> None:
    """A variable that API Gateway does not know refuses the deployment or is always a hyphen."""
    used = set(re.findall(r"\$context\.([A-Za-z.]+)", _access_log(deployment)["Format"]))
    assert used == set(_OF_A_REQUEST).union(*(values for values, _ in REQUESTS.values()))


# --- The ends of maintenance tasks ----------------------------------------------------------------------------------

EXITED = {"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}
PURGED, RECONCILED, FAILED, NOTHING = {"PurgeTrashDone": 1}, {"ReconcileFilesDone": 1}, {"MaintenanceFailed": 1}, {}
PURGE = ("python", "manage.py", "purge_trash")
# What was run, by its schedule or by hand; what became of its container; what ECS says of the task; what is counted.
ENDS: dict[str, tuple[str | tuple[str, ...], dict[str, Any] | None, dict[str, str], dict[str, int]]] = {
    "purged": ("PurgeTrash", {"exitCode": 0}, EXITED, PURGED),
    "reconciled": ("ReconcileFiles", {"exitCode": 0}, EXITED, RECONCILED),
    "purged by hand": ((*PURGE, "--apply", "--json"), {"exitCode": 0}, EXITED, PURGED),
    "only looked what would be purged": (PURGE, {"exitCode": 0}, EXITED, NOTHING),
    "checked by hand": (("python", "manage.py", "check_data"), {"exitCode": 0}, EXITED, NOTHING),
    "something left to do": ("PurgeTrash", {"exitCode": 1}, EXITED, FAILED),
    "refused": ("ReconcileFiles", {"exitCode": 2}, EXITED, FAILED),
    "out of memory": ("PurgeTrash", {"exitCode": 137, "reason": "OutOfMemoryError: Container killed"}, EXITED, FAILED),
    "no image": (
        "PurgeTrash",
        {"reason": "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"},
        {"stopCode": "TaskFailedToStart", "stoppedReason": "Task failed to start"},
        FAILED,
    ),
    "no container at all": (
        "ReconcileFiles",
        None,
        {"stopCode": "TaskFailedToStart", "stoppedReason": "Unexpected EC2 error while attempting to start"},
        FAILED,
    ),
    "the instance went": (
        "PurgeTrash",
        {},
        {"stopCode": "TerminationNotice", "stoppedReason": "Host EC2 (instance i-0a1b) terminated."},
        FAILED,
    ),
    "stopped by somebody": (
        "ReconcileFiles",
        {"exitCode": 143},
        {"stopCode": "UserInitiated", "stoppedReason": "Task stopped by a user"},
        FAILED,
    ),
}


def _task_event(
    deployment: Deployment, task_definition: str, status: str, overrides: Any, container: dict[str, Any] | None
) -> dict[str, Any]:
    """As on https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html, of a task on EC2."""
    account, cluster = deployment.account, deployment["cluster.Cluster"].physical_id
    arn = f"arn:aws:ecs:eu-west-1:{account}"
    task = f"{arn}:task/{cluster}/c13b4cb40f1f4fe4a2971f76ae5a47ad"
    whole = {
        "containerArn": f"{arn}:container/{cluster}/cf159fd6-3e3f-4a9e-84f9-66cbe726af01",
        "lastStatus": status,
        "name": "maintenance",
        "image": f"{account}.dkr.ecr.eu-west-1.amazonaws.com/todo:1a2b3c4",
        "taskArn": task,
        "networkInterfaces": [],
        "cpu": "0",
        **(container or {}),
    }
    return {
        "version": "0",
        "id": "3317b2af-7005-947d-b652-f55e762e571a",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": account,
        "time": "2026-11-25T00:21:58Z",
        "region": "eu-west-1",
        "resources": [task],
        "detail": {
            "clusterArn": f"{arn}:cluster/{cluster}",
            "containers": [] if container is None else [whole],
            "desiredStatus": "STOPPED",
            "group": "family:todo-maintenance",
            "lastStatus": status,
            "launchType": "EC2",
            "overrides": overrides,
            "taskArn": task,
            "taskDefinitionArn": deployment[task_definition].physical_id,
            "version": 4,
        },
    }


MAINTENANCE = "maintenance.MaintenanceTaskDefinition"


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_task_is_counted_as_what_it_was(deployment: Deployment, end: str) -> None:
    run, container, told, expected = ENDS[end]
    if isinstance(run, str):
        overrides = json.loads(deployment[f"maintenance.{run}Schedule"].properties["Target"]["Input"])
    else:
        overrides = {"containerOverrides": [{"name": "maintenance", "command": list(run)}]}
    event = _task_event(deployment, MAINTENANCE, "STOPPED", overrides, container)
    event["detail"] |= told
    rule = deployment["watch.MaintenanceStopped"].properties
    assert is_sent(rule["EventPattern"], event)
    (target,) = rule["Targets"]
    assert counted(deployment, target["Arn"].partition("log-group:")[2], json.dumps(event)) == expected


@pytest.mark.parametrize(
    ("task_definition", "status"),
    [(MAINTENANCE, "PENDING"), (MAINTENANCE, "RUNNING"), ("service.ServiceTaskDefinition", "STOPPED")],
)
def test_only_the_ends_of_maintenance_tasks_are_kept(deployment: Deployment, task_definition: str, status: str) -> None:
    event = _task_event(deployment, task_definition, status, {"containerOverrides": []}, {})
    assert not is_sent(deployment["watch.MaintenanceStopped"].properties["EventPattern"], event)
