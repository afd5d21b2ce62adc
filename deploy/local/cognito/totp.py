"""Time-based one-time passwords, as an authenticator app makes them: RFC 6238 with SHA-1, 6 digits, 30 seconds."""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field


@dataclass
class Authenticator:
    """What a user's app and Cognito share."""

    secret: str = field(default_factory=lambda: base64.b32encode(secrets.token_bytes(32)).decode().rstrip("="))
    verified: bool = False
    used_until: int = 0
    """The step of the last code that signed somebody in."""

    def step_of(self, code: str) -> int | None:
        """The step for which the code is right: the present one or its neighbours, since clocks differ."""
        now = _step()
        around = (now, now - 1, now + 1)
        return next((step for step in around if hmac.compare_digest(_code(self.secret, step), code)), None)

    def next_code(self) -> str:
        """A code that is good now; after a sign-in the next one, for which a person would have to wait."""
        return _code(self.secret, max(_step(), self.used_until + 1))


def code(secret: str) -> str:
    """What the app shows now."""
    return _code(secret, _step())


def _step() -> int:
    return int(time.time()) // 30


def _code(secret: str, step: int) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"
