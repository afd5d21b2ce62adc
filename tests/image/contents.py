"""What is in an image: the files that a container of it sees, and every byte of its layers."""

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.image.engine import Engine, run

# Longer than any text searched for, so that one across the border of two pieces is seen in the next.
OVERLAP = 4096


def files_of(engine: Engine, image: str) -> dict[str, tarfile.TarInfo]:
    """By absolute path."""
    container = run(engine.cli, "create", image, "true").strip()
    try:
        with subprocess.Popen([engine.cli, "export", container], stdout=subprocess.PIPE) as export:
            assert export.stdout
            with tarfile.open(fileobj=export.stdout, mode="r|") as archive:
                found = {"/" + member.name.removeprefix("./").rstrip("/"): member for member in archive}
    finally:
        run(engine.cli, "rm", "--force", container)
    return found


def layers_with(engine: Engine, image: str, texts: tuple[bytes, ...], folder: Path) -> dict[str, set[str]]:
    """Which of the texts occur in which files of any layer, a file that a later layer hides included."""
    saved = folder / "image.tar"
    try:
        run(engine.cli, "save", f"--output={saved}", image)
        found: dict[str, set[str]] = {}
        for name, pieces in _saved_files(saved):
            for text in _occurring(texts, pieces):
                found.setdefault(name, set()).add(text.decode())
        return found
    finally:
        saved.unlink(missing_ok=True)


def _saved_files(saved: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The layers' files, and the saved image's own: its configuration and history."""
    with tarfile.open(saved) as outer:
        for member in outer:
            content = outer.extractfile(member) if member.isfile() else None
            if not content:
                continue
            is_layer = tarfile.is_tarfile(content)
            content.seek(0)
            if not is_layer:
                yield member.name, _pieces(content)
                continue
            with tarfile.open(fileobj=content, mode="r|*") as layer:
                for file in layer:
                    if file.isfile() and (stream := layer.extractfile(file)):
                        yield f"{member.name}: {file.name}", _pieces(stream)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(1 << 20):
        yield piece


def _occurring(texts: tuple[bytes, ...], pieces: Iterator[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    tail = b""
    for piece in pieces:
        window = tail + piece
        found.update(text for text in texts if text in window)
        tail = window[-OVERLAP:]
    return found
