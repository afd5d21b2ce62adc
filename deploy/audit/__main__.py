"""Known holes in what this project is built of: `make audit`. Needs a network; asks PyPI's and npm's lists of them.

Fails on every hole that is known, and wherever a tool has looked at fewer packages than a lock file names: pip-audit
and npm are both content with having looked at none.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON_LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "tests/bench/requirements.txt",
    "tests/cloud/requirements-checkov.txt",
    "deploy/audit/requirements.txt",
]
NPM_LOCKS = ["frontend/package-lock.json", "deploy/local/package-lock.json", "tests/cloud/package-lock.json"]
# Known, looked at, and of no consequence here: the id of the hole and why. One that is not there any more fails too.
ACCEPTED: Mapping[str, str] = {}

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


class NotAudited(Exception):
    """Something was not looked at, so that nobody can say."""


def audit_python(lock: Path) -> list[str]:
    """The holes in what a lock of pip names. Raises NotAudited."""
    command = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--strict", "--format", "json"]
    report = _run(lock, [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", *command])
    found = {_folded(each["name"]): each for each in report.get("dependencies", [])}
    skipped = [name for name, each in found.items() if "skip_reason" in each]
    _compare(lock, {_folded(name) for name in _PIN.findall(lock.read_text())}, found.keys() - skipped)
    return [
        f"{each['name']} {each['version']}: {hole['id']}" for each in found.values() for hole in each.get("vulns", [])
    ]


def audit_npm(lock: Path) -> list[str]:
    """The holes in what a lock of npm names. Raises NotAudited."""
    report = _run(lock, ["npm", "audit", "--json", "--prefix", str(lock.parent)])
    locked = {path for path in json.loads(lock.read_text())["packages"] if path}
    looked_at = report.get("metadata", {}).get("dependencies", {}).get("total", 0)
    if not locked or looked_at < len(locked):
        raise NotAudited(f"{lock}: npm looked at {looked_at} of {len(locked)} packages.")
    return [
        f"{name}: {hole['url'].rpartition('/')[2]}"
        for name, each in report.get("vulnerabilities", {}).items()
        for hole in each["via"]
        if isinstance(hole, dict)  # Else it is only the name of the package that has the hole.
    ]


def _compare(lock: Path, locked: set[str], looked_at: set[str]) -> None:
    if not locked or looked_at != locked:
        missing = ", ".join(sorted(locked - looked_at)) or "nothing is locked"
        raise NotAudited(f"{lock}: not looked at: {missing}.")


def _run(lock: Path, command: list[str]) -> dict[str, Any]:
    """Both tools end with 1 where they have found something: what they wrote decides."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        report = {}
    if done.returncode not in (0, 1) or not report or "error" in report:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise NotAudited(f"{lock}: `{' '.join(command[:3])}` ended with {done.returncode}: {said}")
    return report


def _folded(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def main(root: Path = ROOT, accepted: Mapping[str, str] = ACCEPTED) -> int:
    failed = False
    found: set[str] = set()
    locks: list[tuple[str, Callable[[Path], list[str]]]] = [(name, audit_python) for name in PYTHON_LOCKS]
    for name, audit in [*locks, *((name, audit_npm) for name in NPM_LOCKS)]:
        try:
            holes = audit(root / name)
        except NotAudited as exc:
            print(exc, file=sys.stderr)
            failed = True
            continue
        found |= {hole.rpartition(": ")[2] for hole in holes}
        new = [hole for hole in holes if hole.rpartition(": ")[2] not in accepted]
        print(f"{name}: {len(holes)} known, {len(holes) - len(new)} of them accepted")
        for hole in new:
            print(f"  {hole}", file=sys.stderr)
        failed = failed or bool(new)
    for hole in accepted.keys() - found:
        print(f"{hole} is accepted, but not there any more: remove it.", file=sys.stderr)
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
