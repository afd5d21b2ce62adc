"""What a server's processes take of the machine, from /proc: Linux only."""

from collections.abc import Iterator
from pathlib import Path


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    members = [pid]
    for member in members:
        members += _children(member)
    return members


def cpu_seconds(pid: int) -> float:
    """User and system time of the family so far, to the nanosecond; `stat` counts in hundredths of a second.

    Threads that have ended are missing: servers keep theirs in a pool.
    """
    return sum(_run_time(task) for member in family(pid) for task in _tasks(member)) / 1e9


def memory_bytes(pid: int) -> int:
    """Of the family, each shared page counted once (PSS)."""
    return sum(_pss_kilobytes(member) for member in family(pid)) * 1024


def _children(pid: int) -> list[int]:
    return [int(child) for task in _tasks(pid) for child in _read(task / "children").split()]


def _tasks(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/task").iterdir()
    except FileNotFoundError:
        return


def _run_time(task: Path) -> int:
    return int((_read(task / "schedstat") or "0").split()[0])


def _pss_kilobytes(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it has ended meanwhile
