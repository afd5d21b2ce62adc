"""What a user knows of their files, in the same way."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

QUOTA = 25
PENDING, STORED, DELETED = "pending", "stored", "deleted"


@dataclass(frozen=True)
class File:
    """One state of one file, and whether the bucket has its object."""

    status: str = PENDING
    uploaded: bool = False


@dataclass
class FileBelief:
    todo_id: str
    file_id: str
    content: bytes
    form: dict[str, Any]
    may_be: set[File] = field(default_factory=lambda: {File()})

    @property
    def path(self) -> str:
        return f"/{self.todo_id}/files/{self.file_id}"

    @property
    def counted(self) -> tuple[int, int]:
        """The least and the most that it adds to its user's bytes."""
        adds = [len(self.content) if file.status == STORED else 0 for file in self.may_be]
        return min(adds), max(adds)

    def uploading(self, *, surely: bool) -> None:
        done = {replace(file, uploaded=True) for file in self.may_be}
        self.may_be = done if surely else self.may_be | done

    def completed(self, status: int, fits: "Fits") -> None:
        """`fits`: whether there is room for it beside what else the user has. 503 tells nothing."""
        fitting = set()
        for file in self.may_be:
            stored = replace(file, status=STORED)
            if file.status == PENDING and file.uploaded:
                outcomes = {200: {stored} if fits.maybe else set(), 409: set() if fits.surely else {file}}
                outcomes[503] = outcomes[200] | {file}
            else:
                outcomes = {{PENDING: 409, STORED: 200, DELETED: 404}[file.status]: {file}, 503: {file}}
            fitting |= outcomes.get(status, set())
        self._narrow(fitting, f"completion answered {status}")

    def deleted(self, status: int) -> None:
        gone = File(DELETED, uploaded=False)
        if status in (200, 204):
            # Of one that was deleted before, an object may have been uploaded since.
            self.may_be = {file if file.status == DELETED else gone for file in self.may_be}
        else:
            assert status == 503, f"delete answered {status}"
            halves = {replace(file, uploaded=False) for file in self.may_be if file.status != DELETED}
            self.may_be |= halves | {gone}

    def shown(self, wire: dict[str, Any] | None) -> None:
        """By its own address; None for 404."""
        status = wire["status"] if wire else DELETED
        self._narrow({file for file in self.may_be if file.status == status}, f"shown as {status}")
        if wire:
            assert (wire["size"], bool(wire["filePath"])) == (len(self.content), status == STORED), wire

    def listed(self, *, is_there: bool) -> None:
        self._narrow({file for file in self.may_be if (file.status == STORED) == is_there}, f"listed: {is_there}")

    def downloaded(self, content: bytes | None) -> None:
        assert content in (None, self.content)
        self._narrow({file for file in self.may_be if file.uploaded == (content is not None)}, f"content: {content!r}")

    def _narrow(self, fitting: set[File], what: str) -> None:
        assert fitting, f"{self.path}: {what}, where only {self.may_be} is possible"
        self.may_be = fitting


@dataclass(frozen=True)
class Fits:
    """Whether so many bytes more are within the quota, as far as is known."""

    surely: bool
    maybe: bool

    @classmethod
    def beside(cls, others: Iterable[FileBelief], size: int) -> "Fits":
        counted = [other.counted for other in others]
        return cls(
            surely=sum(most for _, most in counted) + size <= QUOTA,
            maybe=sum(least for least, _ in counted) + size <= QUOTA,
        )
