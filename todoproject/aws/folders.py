"""Folders that exports are written to and read from: on this machine, or s3://bucket/prefix.

A one-off task on ECS has no disk worth keeping, and a root file system that it cannot write to.
"""

import contextlib
import io
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.files.storage import storages

# One part in memory at a time.
_IN_PARTS = TransferConfig(multipart_threshold=8 * 1024**2, multipart_chunksize=8 * 1024**2, use_threads=False)


class Folder(Protocol):
    """Names are relative and have slashes on every system. What is written appears whole or not at all."""

    def names(self, under: str) -> Iterator[str]:
        """Of the files anywhere under a part of the folder, sorted as text."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Raises OSError where there is no such file, or none of this folder's own."""
        ...

    def size(self, name: str) -> int:
        """In bytes. Raises OSError as `open` does."""
        ...

    def write(self, name: str, pieces: Iterable[bytes]) -> None: ...


def open_folder(address: str) -> Folder:
    """Raises ValueError for an address that is none."""
    if not address:
        raise ValueError("The folder has no name. Is a variable of the shell not set?")
    if "://" not in address:
        return LocalFolder(Path(address))
    scheme, _, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{address}: a folder of this machine or s3://bucket/prefix is wanted.")
    if bucket == settings.FILES_BUCKET:
        raise ValueError(f"{address}: that is the bucket of the users' files; another one is wanted.")
    return BucketFolder(bucket, prefix.strip("/"))


class LocalFolder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self, under: str) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for entry in sorted(os.scandir(self._root / under), key=lambda entry: entry.name):
                name = f"{under}/{entry.name}" if under else entry.name
                if entry.is_dir(follow_symlinks=False):
                    yield from self.names(name)
                elif not name.endswith(".part"):
                    yield name

    def open(self, name: str) -> IO[bytes]:
        return self._own(name).open("rb")

    def size(self, name: str) -> int:
        return self._own(name).stat().st_size

    def _own(self, name: str) -> Path:
        path = self._root / name
        # A link or a device among the files could name anything that this process may read.
        if path.resolve(strict=True) != self._root.resolve() / name or not stat.S_ISREG(path.lstat().st_mode):
            raise PermissionError(f"{name} is not a plain file of this folder.")
        return path

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            with part.open("wb") as output:
                output.writelines(pieces)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


class BucketFolder:
    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        # The one that the files have: its region, endpoint and addressing are right for this service's buckets.
        self._client: Any = storages["default"].client  # type: ignore[attr-defined]

    def names(self, under: str) -> Iterator[str]:
        prefix = f"{self._prefix}{under}/" if under else self._prefix
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for each in page.get("Contents", []):
                yield each["Key"].removeprefix(self._prefix)

    def open(self, name: str) -> IO[bytes]:
        with _missing_as_os_error(name):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
        return io.BufferedReader(cast(io.RawIOBase, _Reader(body.iter_chunks(1024**2))), 1024**2)

    def size(self, name: str) -> int:
        with _missing_as_os_error(name):
            return int(self._client.head_object(Bucket=self._bucket, Key=self._prefix + name)["ContentLength"])

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        content = io.BufferedReader(_Reader(iter(pieces)), 1024**2)
        self._client.upload_fileobj(content, self._bucket, self._prefix + name, Config=_IN_PARTS)


class _Reader(io.RawIOBase):
    """Pieces of bytes as a stream to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


@contextlib.contextmanager
def _missing_as_os_error(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        if exc.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        raise FileNotFoundError(f"{name} is not there.") from exc
