"""The ways in which an answer is lost after the work was done. botocore makes three attempts."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.faults.fault import DROPPED, ERROR_AFTER, LATE, RESET_AFTER

_USUAL = {"dropped once": (DROPPED, 1), "dropped twice": (DROPPED, 2)}
_OTHERS = {"reset once": (RESET_AFTER, 1), "500 twice": (ERROR_AFTER, 2), "too late once": (LATE, 1)}


def lose_answers_of(cases: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Parametrize with (case, loss, times): every case loses its answer once and twice, the first in every way."""
    return pytest.mark.parametrize(
        ("case", "loss", "times"),
        [
            pytest.param(case, loss, times, id=f"{name}: {how}")
            for number, (name, case) in enumerate(cases.items())
            for how, (loss, times) in {**_USUAL, **({} if number else _OTHERS)}.items()
        ],
        indirect=["loss"],
    )
