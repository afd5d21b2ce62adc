"""What the service is to cost, against the article's design, the floor and FastAPI; and in DynamoDB's units."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A ratio, or a number of units, that is to be at most so large."""

    title: str
    most: float
    figure: Callable[[dict[str, Any]], float]


def _cpu(work: str, against: str) -> Callable[[dict[str, Any]], float]:
    return lambda results: results["cpu"][work]["ours"].cpu / results["cpu"][work][against].cpu


def _start(figure: str) -> Callable[[dict[str, Any]], float]:
    return lambda results: median(results["starts"]["ours"][figure]) / median(results["starts"]["article"][figure])


def _load(figure: str) -> Callable[[dict[str, Any]], float]:
    work = "list-50"
    return lambda results: (
        median(results["load"][work]["ours"][figure]) / median(results["load"][work]["article"][figure])
    )


def _units(kind: str, work: str) -> Callable[[dict[str, Any]], float]:
    return lambda results: results["units"][work]["ours"][kind]


GOALS = (
    Goal("get one, CPU, against Flask + boto3", 0.9, _cpu("get", "article")),
    Goal("get one, CPU, against the floor", 1.6, _cpu("get", "floor")),
    Goal("get one, CPU, against FastAPI + aiobotocore", 1.3, _cpu("get", "fastapi")),
    Goal("list 50, CPU, against Flask + boto3", 0.45, _cpu("list-50", "article")),
    Goal("list 50, CPU, against the floor", 1.6, _cpu("list-50", "floor")),
    Goal("list 50, CPU, against FastAPI + aiobotocore", 0.4, _cpu("list-50", "fastapi")),
    Goal("first page of 1,000, CPU, against Flask + boto3", 0.05, _cpu("first-1000", "article")),
    Goal(
        "first page of 100,000 against the whole list of 50, our own",
        1.1,
        lambda results: results["pages"]["first-100000"]["ours"].cpu / results["pages"]["list-50"]["ours"].cpu,
    ),
    Goal("create, CPU, against Flask + boto3", 1.0, _cpu("create", "article")),
    Goal("memory a worker, against Flask + boto3", 1.5, _start("worker_bytes")),
    Goal("start to first answer, against Flask + boto3", 2.0, _start("start_seconds")),
    Goal("p99 of list 50, each at 70 % of its own capacity", 0.4, _load("p99")),
    Goal("p99 of list 50, both at 70 % of Flask + boto3's capacity", 0.4, _load("p99_at_same_rate")),
    Goal("read units of get one", 1, _units("read", "get")),
    Goal("read units of a list of 50, 20 kB, strongly consistent", 5, _units("read", "list-50")),
    Goal("write units of create", 2, _units("write", "create")),
    Goal("write units of edit", 2, _units("write", "edit")),
    Goal("write units of complete", 3, _units("write", "complete")),
    Goal("write units of delete, to the trash", 4, _units("write", "delete")),
    Goal("write units of restore", 4, _units("write", "restore")),
)
