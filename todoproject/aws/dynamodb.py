"""One DynamoDB client for the whole process, put behind every PynamoDB model.

By itself each model would build a client of its own, with its own connection pool and its own retry budget, and
under the first requests from several threads even several of each.
"""

import threading
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ResponseStreamingError
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from todoproject.aws.capacity import note_consumption
from todoproject.aws.clients import client_config, create_client

# An item as DynamoDB writes it: {"title": {"S": "Milk"}, "version": {"N": "1"}, …}.
Item = dict[str, dict[str, Any]]

# What a change changes: the old and the new value of each attribute, by its name on the wire; "" for none.
Changes = Mapping[str, tuple[Any, Any]]
# Adds to the transaction that makes a change what has to stand or fall with it.
Alongside = Callable[[TransactWrite, Changes], None]

_lock = threading.RLock()
_client: Any = None


def written_time(moment: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds: such times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def client() -> Any:
    """The process's only DynamoDB client, built at the first call.

    Raises NoCredentialsError, and tries afresh the next time, where the container has no credentials yet.
    """
    global _client
    if _client is None:
        with _lock:
            if _client is None:
                # PynamoDB builds the parameters; comparing them with the service's model again costs more than signing.
                new = create_client("dynamodb", client_config(parameter_validation=False))
                new.meta.events.register("before-parse.dynamodb", _require_whole_answer)
                new.meta.events.register("after-call.dynamodb", note_consumption)
                _client = new
    return _client


def _require_whole_answer(response_dict: dict[str, Any], **rest: Any) -> None:
    """Refuse a body that was cut short or garbled on its way.

    botocore compares neither its checksum nor its length any more, and reads what it cannot parse as an empty
    answer: an item would seem not to exist, a write to have succeeded. Of a refusal it would lose the reason: a
    condition that did not hold would seem a mistake of ours. What is 500 or more is tried again, whatever it holds.
    """
    body, checksum = response_dict["body"], response_dict["headers"].get("x-amz-crc32")
    whole = int(checksum) == zlib.crc32(body) if checksum else body[:1] == b"{" and body[-1:] == b"}"
    if response_dict["status_code"] < 500 and not whole:
        raise ResponseStreamingError(error="DynamoDB's answer does not match its checksum")


class Table(Model):
    """A PynamoDB model on the shared client.

    PynamoDB has no public way to hand a client to a model: `_get_connection` and `_client` are the two private
    names this project depends on, and only here.
    """

    _table_connection: TableConnection | None = None

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._table_connection is None:
            with _lock:
                if cls._table_connection is None:
                    table = super()._get_connection()
                    table.connection._client = client()
                    cls._table_connection = table
        return cls._table_connection

    @classmethod
    def connection(cls) -> TableConnection:
        """For reads that want DynamoDB's raw items: model objects cost several times more."""
        return cls._get_connection()

    @classmethod
    def transaction(cls) -> TransactWrite:
        """Writes that happen together or not at all.

        botocore adds a token to the request, so that its own retry after a lost answer is harmless.
        """
        return TransactWrite(connection=cls._get_connection().connection)
