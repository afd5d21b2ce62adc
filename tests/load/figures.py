"""The figures of tests/README.md, printed by the runs that measure them."""

import statistics
from collections.abc import Iterable, Sequence

# Rows of the table, in the order in which they were measured; conftest.py prints them in the end.
ROWS: list[str] = []


def report(title: str, rows: Iterable[tuple[str, object]]) -> None:
    ROWS.extend(f"| {title} | {name} | {value} |" for name, value in rows)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows for each x: the median over all pairs (Theil-Sen), which single jumps do not move."""
    return statistics.median(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
    )
