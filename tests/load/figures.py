"""Figures for the table in tests/README.md, printed where they are measured (pytest -s)."""

import statistics
import sys
from collections.abc import Iterable, Sequence


def report(title: str, rows: Iterable[tuple[str, object]]) -> None:
    lines = "\n".join(f"| {title} | {name} | {value} |" for name, value in rows)
    print(f"\n{lines}", file=sys.stderr)  # noqa: T201 - what the commands are for


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows for each x: the median over all pairs (Theil-Sen), which single jumps do not move."""
    return statistics.median(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
    )
