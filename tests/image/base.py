"""A stand-in for the official Python image, made of Debian packages where no container registry can be reached."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

from tests.image.engine import Engine, EngineError, install, run

RELEASE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
# As the official image has it: a `python`, and pip and setuptools in /usr/local, whose absence from our image would
# otherwise prove nothing.
PREPARE = """
set -e
ln -s python3 /usr/bin/python
python3 -m venv /tmp/venv
mkdir -p /usr/local/lib/python3.11/site-packages
cp -a /tmp/venv/lib/python3.11/site-packages/. /usr/local/lib/python3.11/site-packages/
cp /tmp/venv/bin/pip* /usr/local/bin/
rm -rf /tmp/venv /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
"""
# The engine's store is the cache; another recipe is another name.
IMAGE = "localhost/todo-image-test-base:" + hashlib.sha256(f"{RELEASE}{PACKAGES}{PREPARE}".encode()).hexdigest()[:12]


def make_base(engine: Engine) -> str:
    """The name of the image, made on the first call on a machine. Takes about a minute then, and root."""
    if engine.has(IMAGE):
        return IMAGE
    install("debootstrap")
    with tempfile.TemporaryDirectory(prefix="image-base-") as folder:
        root = Path(folder, "root")
        try:
            run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(root), _mirror())
            run("chroot", str(root), "/bin/sh", "-c", PREPARE)
            _import(engine, root)
        finally:
            # Not by tempfile: should debootstrap have died with /proc still mounted, that must not be walked into.
            run("rm", "--recursive", "--force", "--one-file-system", str(root), check=False)
    return IMAGE


def _import(engine: Engine, root: Path) -> None:
    with subprocess.Popen(["tar", "--create", f"--directory={root}", "."], stdout=subprocess.PIPE) as archive:
        imported = subprocess.run(
            [engine.cli, "import", "-", IMAGE], stdin=archive.stdout, capture_output=True, text=True, check=False
        )
    if imported.returncode or archive.returncode:
        raise EngineError(f"{engine.cli} import: {imported.stderr}")


def _mirror() -> str:
    """The mirror that this machine's own apt uses for the release."""
    listed = run("apt-get", "indextargets", "--format=$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages")
    for line in listed.splitlines():
        codename, component, address = line.split(" ", 2)
        if (codename, component) == (RELEASE, "main"):
            return address
    raise EngineError(
        f"This machine's apt knows no Debian {RELEASE} to make a base image of. Set PYTHON_IMAGE to a Python image "
        "that is in its store already, or start Docker."
    )
