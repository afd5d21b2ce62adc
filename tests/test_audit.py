"""The audit of what this project is built of: that it fails on a hole, and wherever it has not looked at everything."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.audit import __main__ as audit

PINNED = {"django": "5.2.9", "python-json-logger": "4.1.0"}
LOCK = "".join(f"{name}=={version} \\\n    --hash=sha256:00\n" for name, version in PINNED.items())
LOCKED = {"": {}, "node_modules/preact": {"version": "11.2.0"}}


def of_pip(**changes: dict[str, Any]) -> dict[str, Any]:
    """pip-audit's report on LOCK; a change of None leaves the package out."""
    found: list[dict[str, Any]] = [{"name": name, "version": version, "vulns": []} for name, version in PINNED.items()]
    return {"dependencies": [{**each, **changes.get(each["name"], {})} for each in found], "fixes": []}


def of_npm(total: int = 1, **holes: list[Any]) -> dict[str, Any]:
    return {
        "auditReportVersion": 2,
        "vulnerabilities": {name: {"name": name, "via": via} for name, via in holes.items()},
        "metadata": {"dependencies": {"total": total}},
    }


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the audit with two programs in the place of pip-audit and npm that say what they are told to."""
    for name in audit.PYTHON_LOCKS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LOCK)
    for name in audit.NPM_LOCKS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"packages": LOCKED}))
    programs = tmp_path / "programs"
    programs.mkdir()

    def write(name: str, said: object, code: int) -> Path:
        path = programs / name
        output = said if isinstance(said, str) else json.dumps(said)
        path.write_text(f"#!/bin/sh\necho {shlex.quote(output)}\necho Why not >&2\nexit {code}\n")
        path.chmod(0o755)
        return path

    def run(pip: object = None, npm: object = None, *, code: int = 0, accepted: dict[str, str] | None = None) -> int:
        python = write("python", of_pip() if pip is None else pip, code)
        monkeypatch.setattr("deploy.audit.__main__.sys.executable", str(python))
        write("npm", of_npm() if npm is None else npm, code)
        monkeypatch.setenv("PATH", str(programs))
        return audit.main(tmp_path, accepted or {})

    return run


def test_where_all_was_looked_at_and_nothing_found_it_passes(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count(": 0 known, 0 of them accepted") == len(audit.PYTHON_LOCKS) + len(audit.NPM_LOCKS)


HOLE = {"django": {"vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.2.10"]}]}}
IN_NPM = {"preact": [{"url": "https://github.com/advisories/GHSA-xxxx-1", "severity": "low"}], "vite": ["preact"]}


def test_a_known_hole_fails_and_is_named(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(of_pip(**HOLE), of_npm(**IN_NPM), code=1) == 1
    said = capsys.readouterr()
    assert said.err.count("  django 5.2.9: PYSEC-2026-1\n") == len(audit.PYTHON_LOCKS)
    assert said.err.count("  preact: GHSA-xxxx-1\n") == len(audit.NPM_LOCKS)
    assert "vite" not in said.err


def test_a_hole_that_is_accepted_passes_and_must_still_be_there(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    accepted = {"PYSEC-2026-1": "Not reached from here."}
    assert run(of_pip(**HOLE), code=1, accepted=accepted) == 0
    assert run(accepted=accepted) == 1
    assert "PYSEC-2026-1 is accepted, but not there any more: remove it." in capsys.readouterr().err


@pytest.mark.parametrize(
    "unseen",
    [
        {"pip": {"dependencies": [], "fixes": []}},
        {"pip": of_pip(django={"skip_reason": "Dependency not found on PyPI"})},
        {"pip": of_pip(django={"name": "flask"})},
        {"npm": of_npm(total=0)},
        {"npm": {"error": {"code": "ENOAUDIT", "summary": "Not available"}}, "code": 1},
        {"pip": "ERROR: no network", "code": 1},
        {"npm": "", "code": 1},
        {"code": 2},
    ],
    ids=[
        "nothing",
        "skipped",
        "another package",
        "npm saw none",
        "npm has no answer",
        "no JSON",
        "silence",
        "crash",
    ],
)
def test_what_was_not_looked_at_fails(run: Any, unseen: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(**unseen) == 1
    locks = audit.PYTHON_LOCKS if "npm" not in unseen else audit.NPM_LOCKS
    said = capsys.readouterr().err.splitlines()
    named = [line for line in said if re.search("not looked at|looked at 0|ended with", line)]
    assert [lock for lock in locks if not any(f"/{lock}: " in line for line in named)] == []


_LOCK = re.compile(r"(.*/)?(requirements[^/]*\.txt|package-lock\.json)")


def test_every_lock_of_this_project_is_audited() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=audit.ROOT, capture_output=True, text=True, check=True).stdout
    locks = {name for name in listed.splitlines() if _LOCK.fullmatch(name)}
    assert locks == {*audit.PYTHON_LOCKS, *audit.NPM_LOCKS}
