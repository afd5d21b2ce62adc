"""Everything that runs while the bench measures: the databases, the key server, the contenders' servers."""

import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from deploy.local.children import Child, free_port, wait_for_http
from deploy.local.standins import ACCESS_KEY_ID, REGION, ROOT, SECRET_ACCESS_KEY
from tests.bench import dataset
from tests.bench.servers import CONTENDERS, OURS, VARIANTS, Contender, Server
from tests.bench.work import FILES, GET, Visitor
from tests.key_server import KeyServer, key_server

_ALL = (*CONTENDERS, *VARIANTS)
_CLIENT_ID = "bench"
# Longer than the bench takes.
_TOKEN_SECONDS = 4 * 3600


@contextmanager
def environment(database: str) -> Iterator[tuple[dict[str, str], dict[str, Visitor]]]:
    """What a server needs to find the database at this address; and a visitor for each contender."""
    with key_server() as keys:
        env = {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL_DYNAMODB": database,
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",  # addresses for it are signed, nobody calls it
            **dataset.TABLES,
            "FILES_BUCKET": "bench-files",
            "COGNITO_USER_POOL_ID": "eu-west-1_bench",
            "COGNITO_CLIENT_IDS": _CLIENT_ID,
            "COGNITO_ISSUER": keys.issuer,
            # One visitor asks for all. What bounds a user's rate stays at work, and never says no.
            "USER_RATE": "900000000/1",
            "ADDRESS_RATE": "900000000/1",
            # The staff admin is served beside the API, as deployed; nobody signs in.
            "STAFF_TABLE": "bench-staff",
            "AUDIT_TABLE": "bench-audit",
            "STAFF_USER_POOL_ID": "eu-west-1_staff",
            "STAFF_CLIENT_ID": "staff",
            "DJANGO_SECRET_KEY": "of-the-bench-" * 5,
        }
        yield env, {contender.name: _visitor(keys, contender) for contender in _ALL}


def _visitor(keys: KeyServer, contender: Contender) -> Visitor:
    writer = dataset.owner(-1 - _ALL.index(contender))
    owners = [writer, *(dataset.owner(size) for size in dataset.SIZES)]
    return Visitor(
        writer, lambda user_id: _token(keys, user_id), {user_id: _token(keys, user_id) for user_id in owners}
    )


def _token(keys: KeyServer, user_id: str) -> str:
    """As long as Cognito's ID tokens are."""
    now = int(time.time())
    return keys.sign(
        {
            "sub": user_id,
            "email_verified": True,
            "iss": keys.issuer,
            "cognito:username": user_id,
            "origin_jti": user_id,
            "aud": _CLIENT_ID,
            "event_id": user_id,
            "token_use": "id",
            "auth_time": now,
            "exp": now + _TOKEN_SECONDS,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "email": "somebody@example.com",
        }
    )


@contextmanager
def fast_database(logs: Path, *, milliseconds: float, sizes: Iterable[int]) -> Iterator[int]:
    """The stand-in with its tables filled; its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.database", "--port", str(port), "--milliseconds", str(milliseconds)]
    with Child("the fast DynamoDB", command, log=logs / "database.log", cwd=ROOT) as child:
        wait_for_http(f"http://127.0.0.1:{port}", child)
        dataset.fill(port, sizes)
        yield port


class Servers:
    """A server for each contender and each role it has one for, warmed up."""

    def __init__(
        self, env: Mapping[str, str], visitors: Mapping[str, Visitor], logs: Path, contenders: Sequence[Contender]
    ) -> None:
        self._stack = ExitStack()
        self._servers: dict[tuple[str, str], Server] = {}
        try:
            for contender in contenders:
                for role in ("todos", "files") if contender is OURS else ("todos",):
                    server = Server(contender, env, logs, role=role)
                    self._servers[contender.name, role] = self._stack.enter_context(server)
            for (name, role), server in self._servers.items():
                first = GET if role == "todos" else FILES
                server.first_answer(first.requests(visitors[name], 1)[0])
        except BaseException:
            self._stack.close()
            raise

    def of(self, contender: Contender, role: str) -> Server:
        return self._servers.get((contender.name, role)) or self._servers[contender.name, "todos"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():  # at once; the stack then waits for one after the other
            server.child.terminate()
        self._stack.close()
