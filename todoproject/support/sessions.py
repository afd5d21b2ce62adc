"""Sessions in StaffTable: shared by all containers, and at an end when they are ended.

A signed cookie would do without a table, but a copy of it stays good after the sign-out.
"""

import hashlib
import time
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from pynamodb.exceptions import PutError
from pynamodb.exceptions import UpdateError as NotUpdated

from todoproject.aws.dynamodb import Alongside
from todoproject.aws.failures import condition_failed
from todoproject.support.models import SessionModel

IDLE_SECONDS = 15 * 60
LONGEST_SECONDS = 8 * 3600
# A session in use is written to prolong it no more often than this.
_TOUCH_SECONDS = 60


class SessionStore(SessionBase):
    """Raises what DynamoDB raises: without it nobody is signed in, and nobody signed out by mistake."""

    _ends_at = 0

    def load(self) -> dict[str, Any]:
        record = self._read()
        if record is None:
            self._session_key = None
            return {}
        self._ends_at = int(record.ends_at)
        self._touch(record)
        return self.decode(record.content)

    def exists(self, session_key: str) -> bool:
        return False  # Create does not ask: its put is conditional.

    def create(self) -> None:
        self._ends_at = int(time.time()) + LONGEST_SECONDS
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError for a session that was ended meanwhile: a request under way must not bring it back."""
        if self.session_key is None:
            self.create()
            return
        content = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        record = SessionModel(
            _record_id(self.session_key), content=content, expires_at=self._expiry(), ends_at=self._ends_at
        )
        exists = SessionModel.record_id.exists()
        try:
            record.save(~exists if must_create else exists)
        except PutError as exc:
            if not condition_failed(exc):
                raise
            raise (CreateError if must_create else UpdateError) from exc

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            SessionModel(_record_id(key)).delete()

    def end(self, alongside: Alongside) -> None:
        """Delete it together with what puts its end on record: both or neither."""
        with SessionModel.transaction() as transaction:
            transaction.delete(SessionModel(_record_id(self.session_key or "")))
            alongside(transaction, {})
        self._session_key = None

    @classmethod
    def clear_expired(cls) -> None:
        """DynamoDB does, by the table's TTL."""

    def _read(self) -> SessionModel | None:
        """DynamoDB deletes what has expired up to two days late."""
        if not self.session_key:
            return None
        item = SessionModel.connection().get_item(_record_id(self.session_key), consistent_read=True).get("Item")
        if item is None:
            return None
        record = SessionModel()
        record.deserialize(item)
        return record if time.time() < min(record.expires_at, record.ends_at) else None

    def _touch(self, record: SessionModel) -> None:
        if self._expiry() - int(record.expires_at) < _TOUCH_SECONDS:
            return
        try:
            record.update([SessionModel.expires_at.set(self._expiry())], SessionModel.record_id.exists())
        except NotUpdated as exc:
            if not condition_failed(exc):
                raise

    def _expiry(self) -> int:
        return min(int(time.time()) + IDLE_SECONDS, self._ends_at)


def _record_id(session_key: str) -> str:
    return f"session#{hashlib.sha256(session_key.encode()).hexdigest()}"
