"""What the image holds, and what it must not."""

import re
import subprocess
import sys
from pathlib import Path
from tarfile import TarInfo

import pytest

from tests.image.conftest import VERSION
from tests.image.contents import files_of, layers_with
from tests.image.engine import ROOT, Engine
from tests.image.packages import PackageSource

OURS = ("/app", "/venv")
APP = {"manage.py", "deploy", "todoproject", "todos", "files"}


@pytest.fixture(scope="session")
def files(engine: Engine, image: str) -> dict[str, TarInfo]:
    return files_of(engine, image)


def matching(files: dict[str, TarInfo], pattern: str) -> list[str]:
    return [path for path in files if re.search(pattern, path)]


def test_the_dockerfile_pleases_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_says_how_it_is_to_be_run(engine: Engine, image: str, revision: str) -> None:
    config = engine.inspect(image)["Config"]
    assert config["Cmd"] == ["gunicorn", "--config", "deploy/gunicorn.conf.py", "todoproject.wsgi"]
    assert not config.get("Entrypoint"), "A one-off task overrides the command; an entry point would stand in its way."
    assert config["StopSignal"] == "SIGTERM"
    assert list(config["ExposedPorts"]) == ["8000/tcp"]
    uid, gid = map(int, config["User"].split(":"))
    assert uid > 0 < gid
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    assert config["Labels"]["org.opencontainers.image.revision"] == revision


def test_only_what_runs_the_service_is_in_the_image(files: dict[str, TarInfo]) -> None:
    assert {path.split("/")[2] for path in matching(files, r"^/app/.")} == APP | {"__pycache__"}
    assert set(matching(files, r"^/app/deploy/[^/]+$")) >= {"/app/deploy/gunicorn.conf.py"}
    assert matching(files, r"^/app/deploy/(?!__pycache__)[^/]+/") == []
    assert matching(files, r"^/app/(.*/)?tests(/|$)") == []


def test_nothing_in_the_image_installs_or_compiles(files: dict[str, TarInfo]) -> None:
    assert (
        matching(files, r"/bin/(cc|gcc|g\+\+|c\+\+|ld|as|make|pip[^/]*|easy_install[^/]*|uv|curl|git)(-[\d.]+)?$") == []
    )
    assert matching(files, r"-packages/(pip|setuptools|wheel|pkg_resources|ensurepip)([-/]|$)") == []
    assert matching(files, r"\.whl$|/ensurepip(/|$)|/\.cache/|^/var/lib/apt/lists/.*_Packages") == []


def test_no_settings_or_credentials_of_the_builder_are_in_the_image(files: dict[str, TarInfo]) -> None:
    assert matching(files, r"/(pip\.conf|\.?pip|\.netrc|\.pypirc|\.env|\.aws|\.git|\.local)(/|$)") == []
    assert matching(files, r"^/run/secrets/.|^/(root|home/[^/]+)/\.(?!bashrc$|profile$)|\.key$|/id_[a-z\d]+$") == []


def test_the_addresses_of_the_package_index_are_in_no_layer_and_not_in_the_history(
    engine: Engine, image: str, packages: PackageSource, tmp_path: Path
) -> None:
    history = engine.history(image)
    assert [trace for trace in packages.traces if trace.decode() in history] == []
    assert [each for each in engine.inspect(image)["Config"]["Env"] if each.startswith(("PIP_", "AWS_"))] == []
    known = b"SERVICE_ROLE must be todos, files or all"
    found = layers_with(engine, image, (known, *packages.traces), tmp_path)
    assert [name.rpartition(": ")[2] for name in found if name.endswith(".py")] == ["app/todoproject/settings.py"]
    assert {text for texts in found.values() for text in texts} == {known.decode()}, found


def test_the_code_belongs_to_root_and_everybody_may_read_it_and_nobody_write_it(files: dict[str, TarInfo]) -> None:
    ours = {path: file for path, file in files.items() if path.startswith(OURS) and not file.issym()}
    assert len(ours) > 1000
    assert [path for path, file in ours.items() if (file.uid, file.gid) != (0, 0) or file.mode & 0o022] == []
    assert [path for path, file in ours.items() if not file.mode & 0o004] == []


def test_no_program_in_the_image_raises_rights(files: dict[str, TarInfo]) -> None:
    assert [path for path, file in files.items() if file.isfile() and file.mode & 0o6000] == []


def test_every_module_is_compiled(files: dict[str, TarInfo]) -> None:
    sources = matching(files, r"^/(app|venv)/.*\.py$")
    compiled = {re.sub(r"__pycache__/(.+)\.cpython-\d+\.pyc$", r"\1.py", path) for path in matching(files, r"\.pyc$")}
    assert [path for path in sources if path not in compiled and not path.startswith("/venv/bin/")] == []
