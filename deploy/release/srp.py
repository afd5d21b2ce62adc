"""A client's sign-in by SRP, the only way in that the pool allows the website. After RFC 5054 and Cognito."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deploy.local.cognito.srp import N

_G = 2


def sign_in(cognito: Any, *, pool_id: str, client_id: str, username: str, password: str) -> str:
    """An ID token."""
    private = secrets.randbits(1024)
    public = pow(_G, private, N)
    started = cognito.initiate_auth(
        ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": username, "SRP_A": f"{public:x}"}
    )
    challenge = started["ChallengeParameters"]
    timestamp = f"{datetime.now(UTC):%a %b %-d %H:%M:%S UTC %Y}"
    key = _shared_key(challenge, pool_id.partition("_")[2], password, private=private, public=public)
    message = pool_id.partition("_")[2].encode() + challenge["USER_ID_FOR_SRP"].encode()
    message += base64.b64decode(challenge["SECRET_BLOCK"]) + timestamp.encode()
    done = cognito.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={
            "USERNAME": challenge["USER_ID_FOR_SRP"],
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, "sha256")).decode(),
            "TIMESTAMP": timestamp,
        },
    )
    token: str = done["AuthenticationResult"]["IdToken"]
    return token


def _shared_key(challenge: Mapping[str, str], pool: str, password: str, *, private: int, public: int) -> bytes:
    salt, server = int(challenge["SALT"], 16), int(challenge["SRP_B"], 16)
    identity = hashlib.sha256(f"{pool}{challenge['USER_ID_FOR_SRP']}:{password}".encode()).digest()
    secret = int.from_bytes(hashlib.sha256(_signed(salt) + identity).digest(), "big")
    multiplier, scramble = _hashed(N, _G), _hashed(public, server)
    shared = pow(server - multiplier * pow(_G, secret, N), private + scramble * secret, N)
    extracted = hmac.digest(_signed(scramble), _signed(shared), "sha256")
    return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]


def _hashed(*numbers: int) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(map(_signed, numbers))).digest(), "big")


def _signed(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
