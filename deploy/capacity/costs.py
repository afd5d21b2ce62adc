"""Requests, cores and dollars, from the figures."""

import math
from collections.abc import Callable

from deploy.capacity.figures import (
    ALARM_METRICS,
    ANSWER_KB,
    BUSY,
    CONTAINER_CORES,
    DAYS,
    HOURS,
    INSTANCE_CORES,
    LOG_KB,
    LOG_METRICS,
    PRICES,
    PURGED_READS,
    PURGED_WRITES,
    REQUESTS,
    Request,
)


def _mean(of: Callable[[Request], float]) -> float:
    return sum(each.a_day * of(each) for each in REQUESTS.values()) / sum(each.a_day for each in REQUESTS.values())


READS, WRITES = _mean(lambda each: each.reads), _mean(lambda each: each.writes)
CPU_MS = _mean(lambda each: each.cpu_ms)
A_DAY = sum(each.a_day for each in REQUESTS.values())
A_MONTH = A_DAY * DAYS
A_CORE = BUSY * 1000 / CPU_MS
"""Requests a second."""
TARGET = math.floor(A_CORE * CONTAINER_CORES * 60 / 100) * 100
"""Requests a minute and target, for ALBRequestCountPerTarget."""


def average(users: int) -> float:
    """Requests a second, over the ten hours in which all of them come."""
    return users * A_MONTH / 30 / 36_000


def peak(users: int) -> float:
    return 3 * average(users)


def tasks(users: int) -> int:
    """Of one core each, at the peak; and never fewer than one in each zone."""
    return max(3, math.ceil(peak(users) / A_CORE))


def instances(users: int) -> int:
    return max(3, math.ceil(tasks(users) / INSTANCE_CORES))


def _usd(name: str, amount: float = 1) -> float:
    return PRICES[name].usd * amount


def million() -> dict[str, tuple[str, float]]:
    """What a million requests cost beyond CPU: how that comes about, and dollars."""
    answers, logs = ANSWER_KB, LOG_KB
    return {
        "API Gateway": ("a million calls", _usd("HTTP API to 300 million")),
        "DynamoDB, reads": (f"{READS:.2f} million units", _usd("DynamoDB read", READS)),
        "DynamoDB, writes": (f"{WRITES:.2f} million units", _usd("DynamoDB write", WRITES)),
        "Load balancer": (f"{answers} kB an answer: {answers} LCU hours of 1 GB", _usd("LCU", answers)),
        "Answers to the internet": (f"{answers} GB", _usd("Internet, first 10 TB", answers)),
        "Logs": (f"two lines of {logs} kB, of gateway and service", _usd("Logs", 2 * logs)),
        "NAT": (f"the service's lines, {logs} GB", _usd("NAT, data", logs)),
    }


def cpu_usd() -> float:
    """Of a million requests, while the cores are as busy as scaling holds them."""
    return 1000 * CPU_MS / BUSY / 3600 * _usd("c7g.large") / INSTANCE_CORES


def fixed(instance: str, count: int, nats: int) -> dict[str, tuple[str, float]]:
    hours = HOURS
    return {
        "Instances": (f"{count} × {instance}", _usd(instance, count * hours)),
        "Their disks, 30 GB each": (f"{count * 30} GB", _usd("gp3", count * 30)),
        "NAT gateways": (f"{nats}", _usd("NAT gateway", nats * hours)),
        "Their addresses": (f"{nats}", _usd("Public IPv4 address", nats * hours)),
        "Load balancer": ("1, internal", _usd("Load balancer", hours)),
        "VPC link": ("free with HTTP APIs †", 0.0),
        "Alarms": (f"{ALARM_METRICS} metrics", _usd("Alarm", ALARM_METRICS)),
        "Metrics from logs, and of each instance's detailed monitoring": (
            f"{LOG_METRICS} + 7 × {count}",
            _usd("Custom metric", LOG_METRICS + 7 * count),
        ),
        "Container Insights †": ("about 35 metrics", _usd("Custom metric", 35)),
        "Dashboard, key of the alarms, secret": (
            "one each",
            _usd("Dashboard") + _usd("KMS key") + _usd("Secret"),
        ),
        "Flow logs, ECR": ("about 2 GB of lines, 1 GB of images", _usd("Logs", 2) + 0.1),
    }


def _cognito(users: int) -> float:
    tiers = (("Cognito Lite, 10,001 to 100,000", 90_000), ("Cognito Lite, to a million", 900_000))
    rest, usd = max(0, users - 10_000), 0.0
    for name, size in tiers:
        usd += _usd(name, min(rest, size))
        rest -= min(rest, size)
    return usd + _usd("Cognito Lite, beyond", rest)


def _internet(users: int) -> float:
    """Answers, and two downloads of 1 MB a user: one bill for both."""
    gigabytes = users * (A_MONTH * ANSWER_KB / 1e6 + 2 / 1e3)
    first = min(gigabytes, 10_000)
    return _usd("Internet, first 10 TB", first) + _usd("Internet, next 40 TB", gigabytes - first)


def month(users: int) -> dict[str, float]:
    millions = users * A_MONTH / 1e6
    rest = {name: usd for name, (_, usd) in million().items()}
    calls = _usd("HTTP API to 300 million", min(millions, 300)) + _usd("HTTP API beyond", max(0, millions - 300))
    more = instances(users) - 3
    # Over the day and night a third of the peak's.
    idle = _usd("c7g.large", HOURS) + _usd("gp3", 30) + _usd("Custom metric", 7)
    purged = users * DAYS / 1e6
    return {
        "Fixed": sum(usd for _, usd in fixed("c7g.large", 3, 3).values()),
        "Instances beyond three": more / 3 * idle,
        "API Gateway": calls,
        "DynamoDB, requests": millions * (rest["DynamoDB, reads"] + rest["DynamoDB, writes"]),
        "DynamoDB, purge of the trash": purged
        * (_usd("DynamoDB read", PURGED_READS) + _usd("DynamoDB write", PURGED_WRITES)),
        "DynamoDB, storage (600 kB a user with the index) and recovery": users
        * (_usd("DynamoDB storage", 6e-4) + _usd("Point-in-time recovery", 6e-4)),
        "Load balancer's LCU, logs, NAT": millions * (rest["Load balancer"] + rest["Logs"] + rest["NAT"]),
        "Answers and downloads": _internet(users),
        "S3, storage (20 MB a user) and requests": users
        * (_usd("S3 storage", 0.02) + _usd("S3 put", 1e-6) + _usd("S3 get", 2e-6)),
        "Cognito, Lite": _cognito(users),
        "SES (a mail in three months)": _usd("SES", users / 3e6),
        "CloudFront (0.1 MB a user after the first visit)": _usd("CloudFront", users / 1e4),
    }
