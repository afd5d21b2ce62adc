"""Who waits for whom, from API Gateway to botocore: whoever asks must wait longer than whoever answers."""

import runpy

from deploy.local.standins import ROOT
from tests.cloud.api import HttpApi
from tests.cloud.balancer import containers_of
from tests.cloud.deployment import Deployment
from todoproject import settings

GUNICORN = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
# Pauses between three attempts of botocore's standard mode: at most 1 s, then 2 s, when DynamoDB throttles.
PAUSES = 3


def _attribute(properties: dict[str, object], kind: str, key: str) -> str:
    attributes: list[dict[str, str]] = properties[f"{kind}Attributes"]  # type: ignore[assignment]
    return next(each["Value"] for each in attributes if each["Key"] == key)


def test_the_gateway_waits_longer_than_the_service_takes_when_aws_hangs(deployment: Deployment) -> None:
    (seconds,) = {route.integration["timeoutInMillis"] / 1000 for route in HttpApi.of(deployment).routes}
    one_call = settings.AWS_ATTEMPTS * (settings.AWS_CONNECT_TIMEOUT + settings.AWS_READ_TIMEOUT) + PAUSES
    # A write reads again when it has failed.
    assert 2 * one_call < seconds <= 30


def test_the_load_balancer_waits_longer_than_the_gateway_and_less_than_gunicorn_keeps_a_connection(
    deployment: Deployment,
) -> None:
    idle = int(
        _attribute(deployment["cluster.LoadBalancer"].properties, "LoadBalancer", "idle_timeout.timeout_seconds")
    )
    assert 30 < idle < GUNICORN["keepalive"]
    assert GUNICORN["timeout"] > 30


def test_a_task_that_goes_has_time_to_finish(deployment: Deployment) -> None:
    for group in deployment.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        delay = int(_attribute(group.properties, "TargetGroup", "deregistration_delay.timeout_seconds"))
        assert 15 <= delay <= 30
        assert delay < GUNICORN["graceful_timeout"]
    for container in containers_of(deployment).values():
        assert container.definition["StopTimeout"] > GUNICORN["graceful_timeout"]


def test_a_task_is_not_killed_before_it_can_be_healthy(deployment: Deployment) -> None:
    service = deployment["service.Service"].properties
    for group in deployment.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        told = group.properties
        assert told["HealthCheckTimeoutSeconds"] < told["HealthCheckIntervalSeconds"]
        healthy = told["HealthCheckIntervalSeconds"] * told["HealthyThresholdCount"]
        assert healthy < service["HealthCheckGracePeriodSeconds"]
    for container in containers_of(deployment).values():
        check = container.definition["HealthCheck"]
        assert check["Timeout"] < check["Interval"]
        assert "/healthz" in " ".join(check["Command"])


def test_the_load_balancer_asks_for_the_shallow_health_check(deployment: Deployment) -> None:
    for group in deployment.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        told = group.properties
        assert (told["HealthCheckPath"], told["HealthCheckPort"], told["Matcher"]) == (
            "/healthz",
            "traffic-port",
            {"HttpCode": "200"},
        )
        assert (told["Protocol"], told["TargetType"]) == ("HTTP", "instance")
