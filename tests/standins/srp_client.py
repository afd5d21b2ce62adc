"""The client's side of a sign-in by SRP, written from RFC 5054 and Cognito's use of it, apart from the server's."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

from deploy.local.cognito.srp import N
from tests.standins.support import Aws


def sign_in(aws: Aws, *, client_id: str, pool_id: str, username: str, password: str, **changes: str) -> Any:
    """`changes` take the place of the client's own answers to the challenge."""
    private = int.from_bytes(token_bytes(128), "big")
    public = pow(2, private, N)
    challenge = start(aws, client_id=client_id, username=username, srp_a=f"{public:x}")["ChallengeParameters"]
    timestamp = f"{datetime.now(UTC):%a %b %-d %H:%M:%S UTC %Y}"
    signature = claim(challenge, pool_id.split("_")[1], password, private=private, public=public, timestamp=timestamp)
    return answer(
        aws,
        client_id=client_id,
        USERNAME=challenge["USER_ID_FOR_SRP"],
        PASSWORD_CLAIM_SECRET_BLOCK=challenge["SECRET_BLOCK"],
        **{"PASSWORD_CLAIM_SIGNATURE": signature, "TIMESTAMP": timestamp, **changes},
    )


def start(aws: Aws, *, client_id: str, username: str, srp_a: str) -> Any:
    parameters = {"USERNAME": username, "SRP_A": srp_a}
    return aws.cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)


def answer(aws: Aws, *, client_id: str, **answers: str) -> Any:
    return aws.cognito.respond_to_auth_challenge(
        ClientId=client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=answers
    )


def claim(challenge: Any, pool: str, password: str, *, private: int, public: int, timestamp: str) -> str:
    """What shows that the client knows the password, without telling it."""
    salt, server, user = int(challenge["SALT"], 16), int(challenge["SRP_B"], 16), challenge["USER_ID_FOR_SRP"]
    multiplier = _number(hashlib.sha256(_hex(N) + _hex(2)).digest())
    identity = hashlib.sha256(f"{pool}{user}:{password}".encode()).digest()
    secret = _number(hashlib.sha256(_hex(salt) + identity).digest())
    scramble = _number(hashlib.sha256(_hex(public) + _hex(server)).digest())
    shared = pow(server - multiplier * pow(2, secret, N), private + scramble * secret, N)
    extracted = hmac.new(_hex(scramble), _hex(shared), hashlib.sha256).digest()
    key = hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
    block = base64.b64decode(challenge["SECRET_BLOCK"])
    message = pool.encode() + user.encode() + block + timestamp.encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _hex(number: int) -> bytes:
    digits = f"{number:x}"
    digits = "0" * (len(digits) % 2) + digits
    return bytes.fromhex("00" + digits if digits[0] in "89abcdef" else digits)


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")
