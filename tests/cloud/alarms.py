"""CloudWatch alarms on made-up datapoints: statistic, period, metric math, datapoints to alarm, missing data."""

import ast
import math
import operator
import re
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.cloud.deployment import Resource

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": statistics.fmean,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}
_QUERY = re.compile(
    r'SELECT (?P<statistic>\w+)\((?P<name>\w+)\) FROM SCHEMA\("(?P<namespace>[^"]+)", (?P<dimensions>[^)]+)\)'
)

SPARE = 2
"""Datapoints from before the periods that AWS looks at in its example; how many it takes it does not publish."""

Samples = Callable[[int], Sequence[float]]
"""What a metric's source reports in a minute, by the minute's number: one value a sample, none for none."""


@dataclass(frozen=True)
class Metric:
    namespace: str
    name: str
    dimensions: frozenset[str]
    statistic: str
    period: int
    """Seconds."""

    def points(self, samples: Samples, count: int) -> list[float | None]:
        """`count` datapoints; None where nothing was reported."""
        minutes = self.period // 60
        found = [
            [each for minute in range(start * minutes, (start + 1) * minutes) for each in samples(minute)]
            for start in range(count)
        ]
        return [_statistic(self.statistic, each) if each else None for each in found]


def _statistic(name: str, samples: Sequence[float]) -> float:
    if name.startswith("p"):
        ordered = sorted(samples)
        return ordered[max(0, math.ceil(len(ordered) * float(name[1:]) / 100) - 1)]
    return _STATISTICS[name](samples)


@dataclass(frozen=True)
class Alarm:
    resource: Resource
    metrics: Mapping[str, Metric]
    expression: str
    """Over the ids of the metrics."""

    @classmethod
    def of(cls, resource: Resource) -> "Alarm":
        told = resource.properties
        if "MetricName" in told:
            statistic = told.get("Statistic") or told["ExtendedStatistic"]
            return cls(resource, {"metric": _metric(told, statistic, told["Period"])}, "metric")
        metrics, returned = {}, []
        for each in told["Metrics"]:
            if "MetricStat" in each:
                stat = each["MetricStat"]
                metrics[each["Id"]] = _metric(stat["Metric"], stat["Stat"], stat["Period"])
            elif query := _QUERY.fullmatch(each["Expression"]):
                dimensions = frozenset(query["dimensions"].split(", "))
                statistic = query["statistic"].capitalize()
                metrics[each["Id"]] = Metric(
                    query["namespace"], query["name"], dimensions, statistic, int(each["Period"])
                )
            if each.get("ReturnData", True):
                returned.append(each["Id"] if each["Id"] in metrics else each["Expression"])
        (expression,) = returned
        return cls(resource, metrics, expression)

    @property
    def periods(self) -> int:
        return int(self.resource.properties["EvaluationPeriods"])

    @property
    def needed(self) -> int:
        return int(self.resource.properties.get("DatapointsToAlarm", self.periods))

    @property
    def period(self) -> int:
        """Minutes of one datapoint."""
        return next(iter(self.metrics.values())).period // 60

    @property
    def minutes(self) -> int:
        """How long it looks back, where no datapoint is missing."""
        return self.periods * self.period

    def fires(self, samples: Mapping[tuple[str, str], Samples], *, after: int = 0, spare: int = SPARE) -> bool:
        """Whether it is in ALARM once it has looked at its periods, of which the first begins after so many minutes.

        `spare` is how many datapoints before them it may take in the place of missing ones.
        """
        told = self.resource.properties
        count, begin = self.periods + spare, after - spare * self.period
        points = {
            name: metric.points(lambda minute, of=samples[metric.namespace, metric.name]: of(minute + begin), count)
            for name, metric in self.metrics.items()
        }
        breaches = _COMPARISONS[told["ComparisonOperator"]]
        values = [
            evaluate(self.expression, {name: each[index] for name, each in points.items()}) for index in range(count)
        ]
        bad = [None if value is None else breaches(value, float(told["Threshold"])) for value in values]
        return state_of(bad, self.periods, self.needed, told.get("TreatMissingData", "missing")) == "ALARM"


def state_of(points: Sequence[bool | None], periods: int, needed: int, missing: str) -> str:
    """The state after these datapoints, the newest last: whether each breaches, None where it is missing.

    "" retains the state before. `missing` is TreatMissingData. They are more than `periods`, since real datapoints
    from before take the place of missing ones; only what is still wanting then is filled in.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    real = [each for each in points if each is not None][-periods:]
    wanting = periods - len(real)
    breaching = sum(real) + (wanting if missing == "breaching" else 0)
    if breaching >= needed:
        return "ALARM"
    if wanting and missing in ("missing", "ignore"):
        if not real:
            return "INSUFFICIENT_DATA" if missing == "missing" else ""
        if all(real):
            # AWS calls it premature: an alarm only if the next datapoint could not calm it, and none where such are
            # to be ignored.
            old = len(points) - points.index(True) >= needed
            return "ALARM" if old and missing == "missing" else ""
    return "OK"


def _metric(told: Mapping[str, Any], statistic: str, period: Any) -> Metric:
    dimensions = frozenset(each["Name"] for each in told.get("Dimensions", []))
    return Metric(told["Namespace"], told["MetricName"], dimensions, statistic, int(period))


def evaluate(expression: str, points: Mapping[str, float | None]) -> float | None:
    """Metric math on one datapoint of each metric. Raises KeyError for a function that no alarm uses yet."""
    value: float | None = _value(ast.parse(expression, mode="eval").body, points)
    return value


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
}


def _value(node: ast.expr, points: Mapping[str, float | None]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return points[node.id]
        case ast.BinOp(left=left, op=how, right=right) | ast.Compare(left=left, ops=[how], comparators=[right]):
            sides = _value(left, points), _value(right, points)
            unknown = None in sides or (isinstance(how, ast.Div) and not sides[1])
            return None if unknown else _OPERATORS[type(how)](*sides)
        case ast.Call(func=ast.Name(id="METRICS"), args=[]):
            return list(points.values())
        case ast.Call(func=ast.Name(id="FILL"), args=[of, instead]):
            filled, values = _value(instead, points), _value(of, points)
            return (
                [filled if each is None else each for each in values]
                if isinstance(values, list)
                else filled
                if values is None
                else values
            )
        case ast.Call(func=ast.Name(id="SUM"), args=[of]):
            known = [each for each in _value(of, points) if each is not None]
            return sum(known) if known else None
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            holds = _value(condition, points)
            return None if holds is None else _value(then if holds else otherwise, points)
    raise KeyError(ast.dump(node))


def alarms_of(resources: Iterator[Resource]) -> list[Alarm]:
    return [Alarm.of(each) for each in resources]
