"""This machine's pip configuration, handed to a build for as long as it runs."""

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# pip's options that say where packages come from; each may hold several values.
PLACES = ("index-url", "extra-index-url", "find-links", "trusted-host", "proxy")
# What else the build needs of the configuration. Not all: a constraint, say, names a file that is not there in the
# build, and the lock file has the last word on versions anyway.
PATIENCE = ("timeout", "default-timeout", "retries")
# In every package's metadata, hence no sign of a setting that leaked.
PUBLIC = {"pypi.org", "files.pythonhosted.org"}


@dataclass(frozen=True)
class PackageSource:
    secrets: dict[str, Path]
    # Folders of packages on this machine, which the build must see under the same name.
    folders: tuple[str, ...]
    # What must not be found in the image.
    traces: tuple[bytes, ...]


def package_source(folder: Path) -> PackageSource:
    """Write the build's secrets into `folder`, which only this user may read."""
    values = _pip_configuration()
    bundle = values.pop("cert", os.environ.get("SSL_CERT_FILE", ""))
    secrets = {"pip.conf": folder / "pip.conf"}
    if bundle:
        secrets["ca-bundle"] = Path(bundle)
        values["cert"] = "/run/secrets/ca-bundle"
    kept = (*PLACES, *PATIENCE, "cert")
    lines = [f"{option} = {' '.join(value.split())}\n" for option, value in values.items() if option in kept]
    secrets["pip.conf"].write_text("[global]\n" + "".join(lines))
    secrets["pip.conf"].chmod(0o600)
    places = [place for option in PLACES for place in values.get(option, "").split()]
    return PackageSource(
        secrets=secrets,
        folders=tuple(sorted({path for place in places if Path(path := _local_path(place)).is_dir()})),
        traces=tuple(sorted({trace.encode() for place in places for trace in _traces(place)})),
    )


def _pip_configuration() -> dict[str, str]:
    """Every option from pip's files and from PIP_* variables; of one that is set twice, the last, as pip has it."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def _local_path(place: str) -> str:
    """A `file:` index keeps its files beside the index, so its parent folder is what must be seen."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return str(Path(parts.path).parent) if Path(parts.path).name == "simple" else parts.path
    return place if not parts.scheme and place.startswith("/") else "\0"


def _traces(place: str) -> set[str]:
    parts = urlsplit(place)
    if parts.hostname in PUBLIC:
        return {secret for secret in (parts.password,) if secret}
    return {trace for trace in (place, parts.hostname, parts.password) if trace}
