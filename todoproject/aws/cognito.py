"""Tokens of the customers' Cognito pool: verified against the pool's public keys, which are fetched and kept here."""

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
import urllib3
from django.conf import settings

from todoproject.aws.failures import KeysUnavailable

logger = logging.getLogger(__name__)

# Seconds. Cognito rarely rotates its keys; it publishes a new one before it signs with it.
_REFRESH_AFTER = 3600
_STALE_AFTER = 24 * 3600
# At most one fetch in this time, however many tokens name an unknown key: they cost nothing to invent.
_FETCH_PAUSE = 10
_FETCH_SECONDS = 2
_MAX_DOCUMENT_BYTES = 64 * 1024
# Tokens: one comes with each request of a session. What it costs to verify each: tests/bench, "a new token each".
_REMEMBERED = 1024

_COMPACT_JWT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")


class InvalidToken(Exception):
    """Not a valid token of this pool and these clients. The reason is for the log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, by a verified token. `email` is "" with an access token, which carries none."""

    sub: str
    username: str
    email: str
    is_authenticated: bool = True

    def is_called(self, name: str) -> bool:
        """Whether `name`, taken from a path, means this caller."""
        return name in ("me", self.sub, self.username) or bool(self.email and name.casefold() == self.email.casefold())


class Keys:
    """The pool's signing keys, by key id.

    Refreshed in the background after an hour, used for a day when Cognito does not answer. A failed or fruitless
    fetch is not repeated for some seconds, so neither an outage nor invented key ids make requests wait in line.
    """

    def __init__(self, fetch: Callable[[], dict[str, jwt.PyJWK]]) -> None:
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._loaded_at = float("-inf")
        self._tried_at = float("-inf")
        self._failed = False
        self._lock = threading.Lock()

    def get(self, key_id: str) -> jwt.PyJWK:
        """Raises InvalidToken for a key the pool does not have, KeysUnavailable where that cannot be known."""
        age = time.monotonic() - self._loaded_at
        if age > _STALE_AFTER or key_id not in self._keys:
            self._refresh()
        elif age > _REFRESH_AFTER:
            self.refresh_in_background()
        if time.monotonic() - self._loaded_at > _STALE_AFTER:
            raise KeysUnavailable("Cognito's public keys cannot be fetched.")
        key = self._keys.get(key_id)
        if key is None and self._failed:
            raise KeysUnavailable("The key may be a new one, and Cognito's public keys cannot be fetched.")
        if key is None:
            raise InvalidToken("unknown key id")
        return key

    def refresh_in_background(self) -> None:
        # Whoever holds the lock is fetching.
        if time.monotonic() - self._tried_at > _FETCH_PAUSE and not self._lock.locked():
            threading.Thread(target=self._refresh, name="cognito-keys", daemon=True).start()

    def _refresh(self) -> None:
        if not self._lock.acquire(timeout=_FETCH_SECONDS):
            self._failed = True
            return
        try:
            # Whoever waited for the lock uses what the holder fetched, or failed to fetch.
            if time.monotonic() - self._tried_at < _FETCH_PAUSE:
                return
            try:
                self._keys = self._fetch()
                self._loaded_at = time.monotonic()
                self._failed = False
            except Exception as exc:
                self._failed = True
                logger.warning("Cognito's public keys could not be fetched", extra={"cause": str(exc)})
            finally:
                self._tried_at = time.monotonic()
        finally:
            self._lock.release()


_http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_FETCH_SECONDS))


def _fetch_keys() -> dict[str, jwt.PyJWK]:
    document, ends_at = b"", time.monotonic() + _FETCH_SECONDS
    response = _http.request("GET", f"{settings.COGNITO_ISSUER}/.well-known/jwks.json", preload_content=False)
    try:
        # Piece by piece: urllib3's time-out begins anew with each byte that comes.
        while len(document) < _MAX_DOCUMENT_BYTES and (piece := response.read1(_MAX_DOCUMENT_BYTES)):
            document += piece
            if time.monotonic() > ends_at:
                raise TimeoutError(f"not whole after {_FETCH_SECONDS} s")
    finally:
        # Once an hour: no connection is kept for it, and none with an answer that was not read to its end.
        response.close()
    if response.status != 200:
        raise ValueError(f"HTTP {response.status}")
    return {key.key_id: key for key in jwt.PyJWKSet.from_dict(json.loads(document)).keys if key.key_id}


keys = Keys(_fetch_keys)


def verify(token: str) -> Caller:
    """The caller a token stands for: an ID or an access token of one of our clients, unexpired.

    Raises InvalidToken or KeysUnavailable.
    """
    claims = _claims_now(token)
    if claims["token_use"] == "id":
        client, username, email = claims.get("aud"), claims.get("cognito:username"), claims.get("email")
    elif claims["token_use"] == "access":
        client, username, email = claims.get("client_id"), claims.get("username"), None
    else:
        raise InvalidToken("neither an ID nor an access token")
    if not isinstance(client, str) or client not in settings.COGNITO_CLIENT_IDS:
        raise InvalidToken("another client")
    if not claims["sub"]:
        raise InvalidToken("no subject")
    return Caller(
        sub=claims["sub"],
        username=username if isinstance(username, str) else claims["sub"],
        email=email if isinstance(email, str) else "",
    )


def _claims_now(token: str) -> dict[str, Any]:
    """Asked at each request, though its answers are remembered: whether the key is still one of the pool's, and
    whether the token is valid at this moment."""
    if not _COMPACT_JWT.fullmatch(token):
        raise InvalidToken("malformed")
    claims = _verified_claims(token, keys.get(_key_id(token)))
    if not int(claims.get("nbf", 0)) <= time.time() < int(claims["exp"]):
        raise InvalidToken("expired, or not yet valid")
    return claims


@lru_cache(maxsize=_REMEMBERED)
def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise InvalidToken(str(exc)) from exc
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise InvalidToken("not signed as Cognito signs")
    return str(header["kid"])


@lru_cache(maxsize=_REMEMBERED)
def _verified_claims(token: str, key: jwt.PyJWK) -> dict[str, Any]:
    """By this very key: one that was fetched anew is another. A refusal is not remembered."""
    try:
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=settings.COGNITO_ISSUER,
            # The audience is checked by `verify`: access tokens have `client_id` instead. A time of issue in the
            # future is two clocks apart, not an attack.
            options={"require": ["exp", "iat", "iss", "sub", "token_use"], "verify_aud": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise InvalidToken(str(exc)) from exc
