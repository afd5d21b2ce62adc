"""What the tests of faults have tried and seen, counted; `make figures` makes the table in tests/README.md of it.

Where FIGURES names a file, each count is a line of JSON at its end; run as a program, this adds such a file up.
"""

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS = ("faults", "operations", "inputs", "requests", "acknowledged", "refused", "lost", "doubled", "leaked")


@dataclass
class Figures:
    """Of one part of the tests, written where a `with` block ends, be it by a failure. `lost`, `doubled` and `leaked`
    fail the test that counts them."""

    part: str
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, **counts: int) -> None:
        assert counts.keys() <= set(COLUMNS)
        self.counts.update({name: int(count) for name, count in counts.items()})

    @contextmanager
    def counting(self, name: str) -> Iterator[None]:
        """1 where the block fails, else 0."""
        failed = True
        try:
            yield
            failed = False
        finally:
            self.add(**{name: failed})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if path := os.environ.get("FIGURES"):
            with Path(path).open("a") as file:
                file.write(json.dumps({"part": self.part, **self.counts}) + "\n")


def table(lines: list[str]) -> str:
    """Of Markdown, a row for each part; empty where a part does not count something."""
    parts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts = json.loads(line)
        parts[counts.pop("part")].update(counts)
    rows = [["", *COLUMNS], ["---", *["---:"] * len(COLUMNS)]]
    rows += [
        [part, *(f"{counts[name]:,}" if name in counts else "" for name in COLUMNS)]
        for part, counts in sorted(parts.items())
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    print(table(Path(sys.argv[1]).read_text().splitlines()))  # noqa: T201
