import pytest

from tests.load.figures import ROWS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ROWS:
        terminalreporter.section("figures")
        for row in ROWS:
            terminalreporter.write_line(row)
