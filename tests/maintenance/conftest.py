import pytest

from tests.maintenance.commands import Site


@pytest.fixture
def site() -> Site:
    return Site()
