import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.standins import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project as it stands in the work tree, with the tools of this one."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in files:
        if not name.startswith(("frontend/src", "frontend/e2e")) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for folder in (".venv", "deploy/local/node_modules", "tests/cloud/node_modules"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    return tmp_path
