"""A pool of the test's own: signs whatever it is told to, serves its public keys over HTTP, and counts who asks."""

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm

from tests.tokens import encoded, spelled


@functools.cache
def _private_key(kid: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class KeyServer:
    def __init__(self, address: str) -> None:
        self.issuer = address
        self.asked: list[str] = []
        """The path of every request so far."""
        self.rotate("first")

    def rotate(self, kid: str) -> None:
        self.kid = kid
        self._private = _private_key(kid)
        self.answer(200, json.dumps({"keys": [self.jwk]}))

    def answer(self, status: int, body: str, **headers: str) -> None:
        """What it says from now on, at every path."""
        self.status, self.body, self.headers = status, body.encode(), headers

    @property
    def jwk(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}

    def sign(self, claims: dict[str, Any], *, without: str = "", **header: Any) -> str:
        full = {"alg": "RS256", "kid": self.kid, **header}
        full.pop(without, None)
        return spelled(
            full,
            encoded(json.dumps(claims).encode()),
            lambda text: self._private.sign(text, PKCS1v15(), SHA256()),
        )


@contextmanager
def key_server() -> Iterator[KeyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            self.send_response(server.status)
            for name, value in {"Content-Length": str(len(server.body)), **server.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(server.body)

        do_HEAD = do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Not to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server = KeyServer(f"http://127.0.0.1:{listener.server_port}")
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown()


class Clock:
    """In place of `time.monotonic`: seconds, and only as many as the test says."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def renewal_awaited() -> Iterator[None]:
    """Leave the block when the renewals that were started in it have ended."""
    yield
    for thread in threading.enumerate():
        if thread.name == "cognito-keys":
            thread.join(timeout=5)
            assert not thread.is_alive()
