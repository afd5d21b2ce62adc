"""What the kernel says about the processes of a server (Linux)."""

import re
from pathlib import Path

from tests.faults.server import Server

MIB = 1024**2


def workers(server: Server) -> list[int]:
    """The workers that run now, the oldest first."""
    children = Path(f"/proc/{server.child.pid}/task/{server.child.pid}/children").read_text()
    return sorted(int(pid) for pid in children.split())


def memory(pid: int) -> int:
    """Bytes that the process has for itself, and its part of what it shares (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[0]) * 1024


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
