"""Confirmation and reset codes: random, checked, used once. Instead of an e-mail, a line on stdout."""

import hmac
import secrets
import time
from dataclasses import dataclass
from enum import Enum

from deploy.local.cognito.errors import code_mismatch, expired_code


class Purpose(Enum):
    """What a code is for, with the seconds that it is good for."""

    SIGN_UP = ("sign-up", 24 * 3600)
    RESET = ("reset", 3600)
    EMAIL = ("email", 24 * 3600)


@dataclass
class Code:
    digits: str
    until: float


class Codes:
    def __init__(self) -> None:
        self._codes: dict[tuple[str, str, Purpose], Code] = {}

    def send(self, pool_id: str, username: str, purpose: Purpose, *, email: str) -> None:
        """A new code takes the place of the one before."""
        digits = f"{secrets.randbelow(1_000_000):06}"
        self._codes.pop((pool_id, username, purpose), None)  # so that the newest comes last
        self._codes[pool_id, username, purpose] = Code(digits, until=time.time() + purpose.value[1])
        print(f"Code for {email}: {digits}", flush=True)

    def use(self, pool_id: str, username: str, purpose: Purpose, digits: str) -> None:
        """Raises CodeMismatchException, which leaves the code as it is, or ExpiredCodeException."""
        code = self._codes.get((pool_id, username, purpose))
        if code is None or code.until <= time.time():
            raise expired_code()
        if not hmac.compare_digest(code.digits.encode(), digits.encode()):
            raise code_mismatch()
        del self._codes[pool_id, username, purpose]

    def last(self, username: str) -> str | None:
        """The code sent to the user most recently and not used yet."""
        codes = [code.digits for (_, name, _), code in self._codes.items() if name == username]
        return codes[-1] if codes else None

    def expire(self, username: str) -> None:
        for (_, name, _), code in self._codes.items():
            if name == username:
                code.until = 0
