"""What the costs are worked out from: what is measured, what is assumed, and what AWS charges."""

from typing import NamedTuple

HOURS = 730


class Request(NamedTuple):
    a_day: int
    """Of the requests on a day on which a user comes."""
    reads: float
    writes: float
    cpu_ms: float


# Units: tests/test_lists_units.py. CPU: the bench, user and system time of all the server's processes, on two cores of
# an x86 cloud machine, of two such the slower. Put new figures here, run `python -m deploy.capacity.page`, and set
# TargetValue in service.yaml to what the page then says.
REQUESTS = {
    "list of 50 (20 kB)": Request(10, 5, 0, 1.7),
    "create": Request(4, 0, 2, 1.6),
    "edit": Request(3, 1, 2, 2.2),
    "edit that moves (a completion)": Request(1, 1, 3, 2.2),
    "trash": Request(1, 1, 4, 2.1),
    "files of a todo, 10 signed": Request(1, 1, 0, 3.5),
}
# Target tracking holds CPU at this share. A container reserves half a core; an instance has two, so room for two tasks.
BUSY, CONTAINER_CORES, INSTANCE_CORES = 0.60, 0.5, 2
USERS = (1_000, 100_000, 10_000_000)
DAYS = 15
"""On which a user comes, of 30."""
ANSWER_KB, LOG_KB = 10, 0.4
PURGED_READS, PURGED_WRITES = 1.1, 3.2
"""Of each todo that leaves the trash: measured with 5,100."""

ALARM_METRICS = 22 + 15 + 5 + 8
"""An alarm is charged by the metrics it looks at: those of `watch`, its query over some 15 operations and tables, those
of `service`, and what scaling makes for itself."""
LOG_METRICS = 7 + 3 * 5
"""Three of them for each of five kinds of request, and only in hours that have such requests."""


class Price(NamedTuple):
    usd: float
    per: str
    found: str = ""
    """Where and when it was looked up; empty where it was not found for Ireland, and is from memory."""


_AIRBYTE = "N. Virginia {} (airbyte.com, July 2025)"
PRICES = {
    "HTTP API to 300 million": Price(1.11, "million", "N. Virginia 1.00 (learnaws.org, January 2021)"),
    "HTTP API beyond": Price(1.00, "million", "N. Virginia 0.90 (learnaws.org, January 2021)"),
    "DynamoDB read": Price(0.1415, "million units", _AIRBYTE.format("0.125")),
    "DynamoDB write": Price(0.705, "million units", _AIRBYTE.format("0.625")),
    "DynamoDB storage": Price(0.283, "GB and month"),
    "Point-in-time recovery": Price(0.226, "GB and month"),
    "Load balancer": Price(0.0252, "hour", "0.0252, Ireland (cal53.calculator.city, undated)"),
    "LCU": Price(0.008, "hour", "0.008 (aws.darcy-it.com, undated)"),
    "Internet, first 10 TB": Price(0.09, "GB", "0.09, N. Virginia (cloudpipelines.pages.dev, 2026)"),
    "Internet, next 40 TB": Price(0.085, "GB"),
    "NAT gateway": Price(0.048, "hour", "0.048 to 0.052, Europe (cloudpipelines.pages.dev, 2026)"),
    "NAT, data": Price(0.048, "GB", "0.048 to 0.052, Europe (cloudpipelines.pages.dev, 2026)"),
    "Public IPv4 address": Price(0.005, "hour", "0.005 (cloudburn.io, February 2026)"),
    "t4g.small": Price(0.0184, "hour"),
    "c7g.large": Price(0.0776, "hour"),
    "gp3": Price(0.088, "GB and month", "N. Virginia 0.08 (cal53.calculator.city, undated)"),
    "Logs": Price(0.57, "GB"),
    "Alarm": Price(0.10, "metric and month"),
    "Custom metric": Price(0.30, "month"),
    "Dashboard": Price(3.0, "month"),
    "KMS key": Price(1.0, "month"),
    "Secret": Price(0.40, "month"),
    "S3 storage": Price(0.023, "GB and month"),
    "S3 put": Price(5.0, "million", "5.00, N. Virginia (dev.to, S3 Pricing for Beginners)"),
    "S3 get": Price(0.40, "million", "0.40, N. Virginia (dev.to, S3 Pricing for Beginners)"),
    "CloudFront": Price(0.085, "GB"),
    "SES": Price(100.0, "million mails"),
    "Cognito Lite, 10,001 to 100,000": Price(0.0055, "user", "aws.amazon.com/cognito/pricing, September 2026"),
    "Cognito Lite, to a million": Price(0.0046, "user", "aws.amazon.com/cognito/pricing, September 2026"),
    "Cognito Lite, beyond": Price(0.00325, "user"),
}
