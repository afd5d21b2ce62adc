"""A pytest plugin: the stand-ins for AWS, started before Django reads its settings; one set per process of xdist."""

import argparse
import json
import os
import sys

import django
import pytest

from deploy.local import resources
from deploy.local.standins import StandIns, without_aws

_NAMES = [
    "AWS_REGION",
    "TODOS_TABLE",
    "FILES_TABLE",
    "FILES_BUCKET",
    "COGNITO_USER_POOL_ID",
    "COGNITO_CLIENT_IDS",
    "STAFF_TABLE",
    "AUDIT_TABLE",
    "STAFF_USER_POOL_ID",
    "STAFF_CLIENT_ID",
    "DJANGO_SECRET_KEY",
]
_parser = argparse.ArgumentParser()
_parser.add_argument("-n", "--numprocesses", default="0")
_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ and _parser.parse_known_args(sys.argv[1:])[0].numprocesses != "0"


def _start() -> StandIns:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    # Who runs pytest many times over has started them, for all of the runs: tests/long/forks.py.
    given = os.environ.pop("TESTS_STANDINS", None)
    standins = StandIns() if given else StandIns().start()
    addresses: dict[str, str] = json.loads(given) if given else standins.env
    environment = {**addresses, **resources.create_resources(addresses, name=f"test-{worker}")}
    # Nothing of the caller's own AWS: neither a profile nor a session.
    for name in os.environ.keys() - without_aws(os.environ).keys():
        del os.environ[name]
    # Tests send more at once than any user may; those of the limits set their own.
    os.environ.update(USER_RATE="1000000/1", ADDRESS_RATE="1000000/1")
    os.environ.update(environment, SERVICE_ROLE="all", DJANGO_SETTINGS_MODULE="todoproject.settings")
    django.setup()
    resources.create_tables(environment)
    return standins


if _CONTROLLER:
    # Only hands out the tests: it needs settings that can be read, and nothing behind them.
    os.environ |= dict.fromkeys(_NAMES, "of-the-controller") | {"SERVICE_ROLE": "all"}
else:
    standins = _start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _CONTROLLER:
        standins.stop()
