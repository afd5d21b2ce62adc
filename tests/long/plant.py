"""A fault planted in a copy of the project: it must fail a test or a linter."""

from dataclasses import dataclass
from pathlib import Path

STACKS = "cloudformation"


@dataclass(frozen=True)
class Plant:
    """Replaces the `nth` occurrence of `old` in a file by `new`; `caught_by` are the tests that must say so."""

    name: str
    file: str
    old: str
    new: str
    caught_by: str
    nth: int = 1

    def apply(self, folder: Path) -> None:
        """Raises ValueError where the file no longer has what is to be replaced."""
        path = folder / self.file
        parts = path.read_text().split(self.old)
        if len(parts) <= self.nth:
            raise ValueError(f"{self.file} has no {self.old!r} any more: renew the plant {self.name!r}.")
        path.write_text(self.old.join(parts[: self.nth]) + self.new + self.old.join(parts[self.nth :]))


def in_stack(name: str, stack: str, old: str, new: str, caught_by: str, nth: int = 1) -> Plant:
    return Plant(name, f"{STACKS}/{stack}.yaml", old, new, caught_by, nth)
