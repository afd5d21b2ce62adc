"""Each alarm fires on a bad series of datapoints and keeps quiet on a calm one; what it watches is a known metric."""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from tests.cloud.alarms import Alarm, Metric, Samples, alarms_of
from tests.cloud.deployment import Deployment, Resource


class Known(NamedTuple):
    """A metric that AWS publishes: by which dimensions, and what it reports in a bad minute and in a calm one."""

    dimensions: list[set[str]]
    bad: Sequence[float]
    calm: Sequence[float]


_BALANCER, _GROUP = {"LoadBalancer"}, {"LoadBalancer", "TargetGroup"}
_OPERATION = {"Operation", "TableName"}
_CLIENT = {"UserPool", "UserPoolClient"}
# Counted by ones: where 30 requests fail there are 30 samples of 1, so that their average says nothing.
_THIRTY, _NONE = [1.0] * 30, list[float]()
KNOWN: dict[tuple[str, str], Known] = {
    ("AWS/ApiGateway", "5xx"): Known([{"ApiId"}], [1] * 30 + [0] * 70, [0] * 100),
    ("AWS/ApiGateway", "Latency"): Known([{"ApiId"}], [9_000] * 5 + [40] * 95, [40] * 100),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): Known([_BALANCER], _THIRTY, _NONE),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): Known([_BALANCER, _GROUP], _THIRTY, [1.0]),
    ("AWS/ApplicationELB", "RequestCount"): Known([_BALANCER, _GROUP], [1.0] * 100, [1.0] * 100),
    ("AWS/ApplicationELB", "HealthyHostCount"): Known([_GROUP], [0, 0], [3, 3]),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): Known([_GROUP], [1, 1], [0, 0]),
    ("AWS/Cognito", "SignInThrottles"): Known([_CLIENT], _THIRTY, _NONE),
    ("AWS/Cognito", "SignUpThrottles"): Known([_CLIENT], _THIRTY, _NONE),
    ("AWS/Cognito", "TokenRefreshThrottles"): Known([_CLIENT], _THIRTY, _NONE),
    ("AWS/DynamoDB", "ReadThrottleEvents"): Known([{"TableName"}], _THIRTY, _NONE),
    ("AWS/DynamoDB", "WriteThrottleEvents"): Known([{"TableName"}], _THIRTY, _NONE),
    ("AWS/DynamoDB", "SystemErrors"): Known([_OPERATION], _THIRTY, _NONE),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): Known([{"QueueName"}], [1], [0]),
}
# Only looked at, on the dashboard.
LOOKED_AT = {
    ("AWS/ApiGateway", "Count"): [{"ApiId"}],
    ("AWS/ApiGateway", "4xx"): [{"ApiId"}],
    ("AWS/ApiGateway", "IntegrationLatency"): [{"ApiId"}],
    ("AWS/AutoScaling", "GroupDesiredCapacity"): [{"AutoScalingGroupName"}],
    ("AWS/AutoScaling", "GroupInServiceInstances"): [{"AutoScalingGroupName"}],
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): [{"TableName"}],
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): [{"TableName"}],
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): [_OPERATION],
    ("AWS/ECS", "CPUUtilization"): [{"ClusterName", "ServiceName"}],
    ("AWS/ECS", "MemoryUtilization"): [{"ClusterName", "ServiceName"}],
}
DAY = 24 * 60


def _counted(deployment: Deployment) -> dict[tuple[str, str], Known]:
    """The metrics that the stacks make from logs: of a daily run, of something bad, or of each request."""
    found = {}
    for each in deployment.of_type("AWS::Logs::MetricFilter"):
        (made,) = each.properties["MetricTransformations"]
        if by := {dimension["Key"] for dimension in made.get("Dimensions", [])}:
            assert made["MetricValue"] != "1", each
            found[made["MetricNamespace"], made["MetricName"]] = Known([by], [9_000.0] * 30, [1.0] * 30)
            continue
        daily = made["MetricName"].endswith("Done")
        found[made["MetricNamespace"], made["MetricName"]] = Known(
            [set()], *((_NONE, [1.0]) if daily else (_THIRTY, [0.0]))
        )
    return found


def _series(deployment: Deployment, *, bad: bool) -> dict[tuple[str, str], Samples]:
    def samples(name: str, known: Known) -> Samples:
        reported = known.bad if bad else known.calm
        # What counts the daily runs has one each day, at twenty past midnight.
        return lambda minute: reported if not name.endswith("Done") or minute % DAY == 20 else ()

    return {key: samples(key[1], known) for key, known in {**KNOWN, **_counted(deployment)}.items()}


def calm_series(deployment: Deployment) -> dict[tuple[str, str], Samples]:
    """What every metric reports, minute by minute, while nothing is wrong."""
    return _series(deployment, bad=False)


def _alarms(deployment: Deployment) -> list[Alarm]:
    return alarms_of(deployment.of_type("AWS::CloudWatch::Alarm"))


def test_an_alarm_watches_metrics_that_are_published_by_these_dimensions(deployment: Deployment) -> None:
    known = KNOWN | _counted(deployment)
    for alarm in _alarms(deployment):
        for metric in alarm.metrics.values():
            assert metric.dimensions in known[metric.namespace, metric.name].dimensions, alarm.resource


def test_an_alarm_watches_what_the_stacks_created(deployment: Deployment) -> None:
    names = {each.physical_id for each in deployment.resources} | set(deployment.exports.values())
    for alarm in _alarms(deployment):
        told = alarm.resource.properties
        stated = [each["MetricStat"]["Metric"] for each in told.get("Metrics", []) if "MetricStat" in each]
        for metric in stated or [told]:
            for dimension in metric.get("Dimensions", []):
                value = dimension["Value"]
                assert any(value == name or name.endswith((f"/{value}", f":{value}")) for name in names), (
                    alarm.resource,
                    dimension,
                )


@pytest.mark.parametrize("role", ["Todos", "Files"])
def test_an_alarm_of_one_service_watches_its_own_targets(deployment: Deployment, role: str) -> None:
    own = deployment[f"service.{role}TargetGroup"].physical_id.rpartition(":")[2]
    watched = {
        str(alarm.resource): set(re.findall(r"targetgroup/[\w-]+/\w+", json.dumps(alarm.resource.properties)))
        for alarm in _alarms(deployment)
        if alarm.resource.logical_id.startswith(role)
    }
    assert watched == {f"service.{role}ErrorsAlarm": {own}, f"watch.{role}Down": {own}}


def test_an_alarm_fires_on_a_bad_series(deployment: Deployment) -> None:
    bad = _series(deployment, bad=True)
    assert [str(alarm.resource) for alarm in _alarms(deployment) if not alarm.fires(bad)] == []


def test_an_alarm_is_quiet_on_a_calm_series_and_after_a_bad_one(deployment: Deployment) -> None:
    calm = calm_series(deployment)
    for alarm in _alarms(deployment):
        # Whatever the time of day at which it is looked at.
        for start in range(0, DAY, 97):
            assert not alarm.fires(calm, after=start), alarm.resource


def test_one_bad_period_wakes_nobody_unless_one_is_enough(deployment: Deployment) -> None:
    bad, calm = _series(deployment, bad=True), calm_series(deployment)

    def mixed(key: tuple[str, str], period: int) -> Samples:
        return lambda minute: (bad if 0 <= minute < period else calm)[key](minute)

    for alarm in _alarms(deployment):
        fired = alarm.fires({key: mixed(key, alarm.period) for key in bad})
        assert fired == (alarm.needed == 1), alarm.resource


def test_an_alarm_says_what_missing_data_means_and_tells_somebody(deployment: Deployment) -> None:
    (service,) = deployment.of_type("AWS::ECS::Service")
    rollback = service.properties["DeploymentConfiguration"]["Alarms"]
    assert (rollback["Enable"], rollback["Rollback"]) == (True, True)
    for alarm in _alarms(deployment):
        told = alarm.resource.properties
        assert told["TreatMissingData"] in ("breaching", "notBreaching"), alarm.resource
        assert told["AlarmDescription"], alarm.resource
        assert told.get("AlarmActions") or alarm.resource.physical_id in rollback["AlarmNames"], alarm.resource


def test_the_article_s_rule_doubles_the_tasks(deployment: Deployment) -> None:
    """ELB 5xx ≥ 10 in 60 s; the article took the average, which is always 1."""
    alarm = next(each for each in _alarms(deployment) if str(each.resource) == "service.LoadBalancerErrorsAlarm")
    key = ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count")
    assert [alarm.fires({key: lambda _, count=count: [1.0] * count}) for count in (0, 9, 10, 11)] == [
        False,
        False,
        True,
        True,
    ]
    assert alarm.minutes == 1
    policy = deployment["service.DoubleOnErrors"]
    assert alarm.resource.properties["AlarmActions"] == [policy.physical_id]
    told = policy.properties["StepScalingPolicyConfiguration"]
    assert told["AdjustmentType"] == "PercentChangeInCapacity"
    assert told["StepAdjustments"] == [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 100}]


def test_ordinary_load_is_followed_up_and_down(deployment: Deployment) -> None:
    target = deployment["service.ScalableTarget"]
    cluster, service = deployment["cluster.Cluster"].physical_id, deployment["service.Service"].physical_id
    assert target.properties["ResourceId"] == f"service/{cluster}/{service.rpartition('/')[2]}"
    tracked = {}
    for each in deployment.of_type("AWS::ApplicationAutoScaling::ScalingPolicy"):
        assert each.properties["ScalingTargetId"] == target.physical_id
        told = each.properties.get("TargetTrackingScalingPolicyConfiguration")
        if told:
            assert not told.get("DisableScaleIn"), each
            metric = told["PredefinedMetricSpecification"]
            tracked[metric["PredefinedMetricType"], metric.get("ResourceLabel")] = told["TargetValue"]
    balancer = deployment.exports[f"todo-{deployment.stage}-LoadBalancerFullName"]
    groups = [
        each.physical_id.rpartition(":")[2] for each in deployment.of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
    ]
    assert set(tracked) == {
        ("ECSServiceAverageCPUUtilization", None),
        *(("ALBRequestCountPerTarget", f"{balancer}/{group}") for group in groups),
    }


def test_the_dashboard_is_json_and_shows_metrics_that_exist(deployment: Deployment) -> None:
    (dashboard,) = deployment.of_type("AWS::CloudWatch::Dashboard")
    known = {key: each.dimensions for key, each in (KNOWN | _counted(deployment)).items()} | LOOKED_AT
    for widget in json.loads(dashboard.properties["DashboardBody"])["widgets"]:
        for shown in widget["properties"].get("metrics", []):
            namespace, name, *rest = [each for each in shown if isinstance(each, str)]
            assert set(rest[::2]) in known[namespace, name], shown


@pytest.mark.parametrize(
    ("expression", "points", "value"),
    [
        ("SUM(FILL(METRICS(), 0))", {"a": None, "b": 2.0}, 2.0),
        ("IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)", {"requests": 50.0, "errors": 5.0}, 10.0),
        ("IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)", {"requests": None, "errors": 5.0}, None),
        ("a / b", {"a": 1.0, "b": 0.0}, None),
    ],
)
def test_metric_math_is_evaluated_as_cloudwatch_does(
    expression: str, points: dict[str, float | None], value: float
) -> None:
    from tests.cloud.alarms import evaluate

    assert evaluate(expression, points) == value


def test_statistics_tell_many_failures_from_few() -> None:
    """What the alarms' own tests rest on."""

    def alarm(statistic: str) -> Alarm:
        told = {"Statistic": statistic, "Namespace": "N", "MetricName": "M", "Period": 60, "EvaluationPeriods": 1}
        told |= {
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 10,
            "TreatMissingData": "notBreaching",
        }
        return Alarm.of(Resource("s", "L", "AWS::CloudWatch::Alarm", "id", told, {}))

    series: dict[tuple[str, str], Samples] = {("N", "M"): lambda _: [1.0] * 30}
    assert (alarm("Sum").fires(series), alarm("Average").fires(series)) == (True, False)
    assert Metric("N", "M", frozenset(), "p99", 60).points(lambda _: [1.0] * 98 + [9.0] * 2, 1) == [9.0]
