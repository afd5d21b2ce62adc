"""Who is let in: every token that must be refused, every form that must be accepted, and the pool's keys behind both."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.local import resources
from tests.clients import PASSWORD, POOL_ID, STANDIN, Api, User
from tests.key_server import KeyServer

ISSUER = os.environ.get("COGNITO_ISSUER", "")
CLIENT_ID = os.environ.get("COGNITO_CLIENT_IDS", "")
EMPTY_LIST = {"todos": [], "nextCursor": None}
UNAUTHORIZED = {"type": "about:blank", "title": "Unauthorized", "status": 401}
REFUSED = {**UNAUTHORIZED, "detail": "The token is not valid here, or no longer. Sign in again."}
MISSING = {**UNAUTHORIZED, "detail": "Authentication credentials were not provided."}

Forge = Callable[[User], str]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def signed(user: User, use: str = "id", *, without: str = "", pool: str = POOL_ID, headers: Any = None, **to: Any) -> str:
    """The user's token with some claims changed, signed by the real key of a pool."""
    claims = {**claims_of(user.id_token if use == "id" else user.access_token), **to}
    claims.pop(without, None)
    body = json.dumps({"claims": claims, "headers": headers or {}})
    answer = requests.post(f"{STANDIN}/_standin/sign", params={"pool": pool, "use": use}, data=body, timeout=10,
                           headers={"Content-Type": "application/json"})
    token: str = answer.json()["token"]
    return token


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def spelled(header: dict[str, Any], payload: str, sign: Callable[[bytes], bytes]) -> str:
    signing_input = f"{encoded(json.dumps(header).encode())}.{payload}"
    return f"{signing_input}.{encoded(sign(signing_input.encode()))}"


def payload_of(user: User) -> str:
    return user.id_token.split(".")[1]


def public_jwk(user: User) -> dict[str, str]:
    kid = jwt.get_unverified_header(user.id_token)["kid"]
    keys = requests.get(f"{ISSUER}/.well-known/jwks.json", timeout=10).json()["keys"]
    return next(key for key in keys if key["kid"] == kid)


def hs256(secret: Callable[[dict[str, str]], bytes]) -> Forge:
    def forge(user: User) -> str:
        jwk = public_jwk(user)
        header = {"alg": "HS256", "kid": jwk["kid"]}
        return spelled(header, payload_of(user), lambda text: hmac.digest(secret(jwk), text, hashlib.sha256))

    return forge


def public_bytes(jwk: dict[str, str], encoding: Encoding, form: PublicFormat) -> bytes:
    content: bytes = jwt.PyJWK(jwk).key.public_bytes(encoding, form)
    return content


def unsigned(algorithm: str | None, *, keep_signature: bool = False) -> Forge:
    def forge(user: User) -> str:
        header = {"alg": algorithm, "kid": public_jwk(user)["kid"]}
        signature = user.id_token.rpartition(".")[2]
        return spelled(header, payload_of(user), lambda text: b"") + (signature if keep_signature else "")

    return forge


def other_client(use: str) -> Forge:
    def forge(user: User) -> str:
        client_id = resources.create_client(dict(os.environ), POOL_ID, name="another")
        answer = requests.post(
            f"{STANDIN}/_standin/tokens", params={"username": user.email, "client": client_id}, timeout=10
        )
        token: str = answer.json()[use]
        return token

    return forge


def other_pool(use: str) -> Forge:
    def forge(user: User) -> str:
        pool_id, _ = resources.create_user_pool(dict(os.environ), name="another")
        resources.create_user(dict(os.environ), pool_id, email=user.email, password=PASSWORD)
        answer = requests.post(
            f"{STANDIN}/_standin/tokens", params={"username": user.email, "pool": pool_id}, timeout=10
        )
        token: str = answer.json()[use]
        return token

    return forge


def key_of_other_pool(user: User) -> str:
    pool_id, _ = resources.create_user_pool(dict(os.environ), name="another")
    return signed(user, pool=pool_id, headers={"kid": public_jwk(user)["kid"]})


def spare_bits_set(user: User) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return user.id_token[:-1] + alphabet[alphabet.index(user.id_token[-1]) + 1]


def in_the_standard_alphabet(user: User) -> str:
    start, _, signature = user.id_token.rpartition(".")
    assert set(signature) & set("-_")
    return f"{start}.{signature.translate(str.maketrans('-_', '+/'))}"


def with_the_signature_of_another_token(user: User) -> str:
    return f"{user.id_token.rpartition('.')[0]}.{signed(user, jti='another').rpartition('.')[2]}"


def in_the_name_of(sub: str) -> Forge:
    """The payload changed, the signature kept."""

    def forge(user: User) -> str:
        header, _, signature = user.id_token.split(".")
        return f"{header}.{encoded(json.dumps({**claims_of(user.id_token), 'sub': sub}).encode())}.{signature}"

    return forge


BAD_TOKENS: dict[str, Forge] = {
    "HS256 with the public key as PEM": hs256(
        lambda jwk: public_bytes(jwk, Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ),
    "HS256 with the public key as PEM without the last line break": hs256(
        lambda jwk: public_bytes(jwk, Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip()
    ),
    "HS256 with the public key as PKCS 1 PEM": hs256(lambda jwk: public_bytes(jwk, Encoding.PEM, PublicFormat.PKCS1)),
    "HS256 with the public key as DER": hs256(
        lambda jwk: public_bytes(jwk, Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ),
    "HS256 with the public key as PKCS 1 DER": hs256(lambda jwk: public_bytes(jwk, Encoding.DER, PublicFormat.PKCS1)),
    "HS256 with the JWK": hs256(lambda jwk: json.dumps(jwk).encode()),
    "HS256 with the JWK's n": hs256(lambda jwk: jwk["n"].encode()),
    "HS256 with the bytes of the JWK's n": hs256(lambda jwk: base64.urlsafe_b64decode(jwk["n"] + "==")),
    "HS256 with an empty key": hs256(lambda jwk: b""),
    "alg none": unsigned("none"),
    "alg NONE": unsigned("NONE"),
    "alg none with a signature": unsigned("none", keep_signature=True),
    "alg empty": unsigned("", keep_signature=True),
    "alg null": unsigned(None, keep_signature=True),
    "RS512 by the real key": lambda user: signed(user, headers={"alg": "RS512"}),
    "PS256 by the real key": lambda user: signed(user, headers={"alg": "PS256"}),
    "ID token of another pool": other_pool("IdToken"),
    "access token of another pool": other_pool("AccessToken"),
    "signed by another pool in the name of ours": key_of_other_pool,
    "issuer of another pool": lambda user: signed(user, iss=f"{ISSUER}x"),
    "issuer with a slash": lambda user: signed(user, iss=f"{ISSUER}/"),
    "issuer as a list": lambda user: signed(user, iss=[ISSUER]),
    "ID token of another client": other_client("IdToken"),
    "access token of another client": other_client("AccessToken"),
    "ID token for another client, with ours as client_id": lambda user: signed(user, aud="other", client_id=CLIENT_ID),
    "access token for another client, with ours as aud": lambda user: signed(
        user, "access", client_id="other", aud=CLIENT_ID
    ),
    "ID token for several clients": lambda user: signed(user, aud=[CLIENT_ID, "other"]),
    "ID token without aud": lambda user: signed(user, without="aud"),
    "access token without client_id": lambda user: signed(user, "access", without="client_id"),
    "expired ID token": lambda user: signed(user, exp=int(time.time()) - 1),
    "expired access token": lambda user: signed(user, "access", exp=int(time.time()) - 1),
    "not valid before tomorrow": lambda user: signed(user, nbf=int(time.time()) + 86_400),
    "exp not a number": lambda user: signed(user, exp="never"),
    "exp infinite": lambda user: signed(user, exp=float("inf")),
    **{f"no {claim}": lambda user, claim=claim: signed(user, without=claim)  # type: ignore[misc]
       for claim in ("exp", "iat", "iss", "sub", "token_use")},
    **{f"{claim} null": lambda user, claim=claim: signed(user, **{claim: None})  # type: ignore[misc]
       for claim in ("exp", "iat", "iss", "sub", "token_use", "aud")},
    "sub empty": lambda user: signed(user, sub=""),
    "sub not text": lambda user: signed(user, sub=7),
    "token_use refresh": lambda user: signed(user, token_use="refresh"),
    "token_use as a list": lambda user: signed(user, token_use=["id"]),
    "ID token that says it is an access token": lambda user: signed(user, token_use="access"),
    "access token that says it is an ID token": lambda user: signed(user, "access", token_use="id"),
    "refresh token": lambda user: user.refresh_token,
    "unknown kid": lambda user: signed(user, headers={"kid": "unknown"}),
    "kid of the pool's other key": lambda user: signed(
        user, headers={"kid": jwt.get_unverified_header(user.access_token)["kid"]}
    ),
    "kid that is a path": lambda user: signed(user, headers={"kid": "../../../../dev/null"}),
    "crit header": lambda user: signed(user, headers={"crit": ["exp"]}),
    "no signature": lambda user: user.id_token.rpartition(".")[0] + ".",
    "two parts": lambda user: user.id_token.rpartition(".")[0],
    "signature of another token": with_the_signature_of_another_token,
    "sub changed": in_the_name_of("somebody-else"),
    "spare bits of the signature": spare_bits_set,
    "signature in the standard alphabet": in_the_standard_alphabet,
    "padding within": lambda user: user.id_token.replace(".", "=.", 1),
    **{f"{tail!r} after it": lambda user, tail=tail: user.id_token + tail  # type: ignore[misc]
       for tail in ("=", "==", "A", "AAAA", "+", "/", ".", ".AAAA", "\x00", "\u00a0", "\u00e9", ",", "\n", " x")},
    **{f"{gap!r} within": lambda user, gap=gap: user.id_token[:-9] + gap + user.id_token[-9:]  # type: ignore[misc]
       for gap in (" ", "\t", "\n", "\r\n ", "\u00a0")},
}
