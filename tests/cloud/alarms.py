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
    def minutes(self) -> int:
        """How long it looks back."""
        return self.periods * next(iter(self.metrics.values())).period // 60

    def fires(self, samples: Mapping[tuple[str, str], Samples], *, after: int = 0) -> bool:
        """Whether it is in ALARM once it has looked at its periods, of which the first begins after so many minutes."""
        told = self.resource.properties
        points = {
            name: metric.points(
                lambda minute, of=samples[metric.namespace, metric.name]: of(minute + after), self.periods
            )
            for name, metric in self.metrics.items()
        }
        breaches = _COMPARISONS[told["ComparisonOperator"]]
        missing = {"breaching": True, "notBreaching": False}[told["TreatMissingData"]]
        values = [
            evaluate(self.expression, {name: each[index] for name, each in points.items()})
            for index in range(self.periods)
        ]
        bad = [missing if value is None else breaches(value, float(told["Threshold"])) for value in values]
        return sum(bad) >= self.needed


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
