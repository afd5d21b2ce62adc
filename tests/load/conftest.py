import os
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.load.figures import ROWS


@pytest.fixture
def dynamodb() -> Iterator[Proxy]:
    """What stands between a server and DynamoDB, where it is given the proxy's address."""
    with Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        yield proxy


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ROWS:
        terminalreporter.section("figures")
        for row in ROWS:
            terminalreporter.write_line(row)
