"""Tokens that must be refused, each by its name; most are the user's own with one thing wrong."""

import base64
import functools
import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.local import resources
from tests.clients import PASSWORD, POOL_ID, STANDIN, User

ISSUER = os.environ.get("COGNITO_ISSUER", "")
CLIENT_ID = os.environ.get("COGNITO_CLIENT_IDS", "")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Forge = Callable[[User], str]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def spelled(header: dict[str, Any], payload: str, sign: Callable[[bytes], bytes]) -> str:
    """A token written by hand: libraries refuse to write most of those that must be refused."""
    signed_text = f"{encoded(json.dumps(header).encode())}.{payload}"
    return f"{signed_text}.{encoded(sign(signed_text.encode()))}"


def signed(
    user: User, use: str = "id", *, pool: str = POOL_ID, headers: Any = None, without: str = "", **changed: Any
) -> str:
    """The user's ID or access token with some claims changed, signed by the pool's own key."""
    claims = {**claims_of(user.id_token if use == "id" else user.access_token), **changed}
    claims.pop(without, None)
    answer = requests.post(
        f"{STANDIN}/_standin/sign",
        params={"pool": pool, "use": use},
        json={"claims": claims, "headers": headers or {}},
        timeout=10,
    )
    token: str = answer.json()["token"]
    return token


def key_id(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


def _changed(use: str = "id", **changes: Any) -> Forge:
    return lambda user: signed(user, use, **changes)


def _expired(use: str) -> Forge:
    return lambda user: signed(user, use, exp=int(time.time()) - 1)


def _hs256(secret: Callable[[dict[str, str]], bytes]) -> Forge:
    def forge(user: User) -> str:
        keys = requests.get(f"{ISSUER}/.well-known/jwks.json", timeout=10).json()["keys"]
        jwk = next(key for key in keys if key["kid"] == key_id(user.id_token))
        header = {"alg": "HS256", "kid": jwk["kid"]}
        return spelled(header, user.id_token.split(".")[1], lambda text: hmac.digest(secret(jwk), text, hashlib.sha256))

    return forge


def _public(encoding: Encoding, form: PublicFormat) -> Callable[[dict[str, str]], bytes]:
    def secret(jwk: dict[str, str]) -> bytes:
        content: bytes = jwt.PyJWK(jwk).key.public_bytes(encoding, form)
        return content

    return secret


def _with_algorithm(name: str | None, *, signature: bool) -> Forge:
    def forge(user: User) -> str:
        header = {"alg": name, "kid": key_id(user.id_token)}
        unsigned = spelled(header, user.id_token.split(".")[1], lambda text: b"")
        return unsigned + user.id_token.rpartition(".")[2] if signature else unsigned

    return forge


@functools.cache
def _another_client() -> str:
    return resources.create_client(dict(os.environ), POOL_ID, name="another")


@functools.cache
def _another_pool() -> str:
    pool_id, _ = resources.create_user_pool(dict(os.environ), name="another")
    return pool_id


def _of_another_client(use: str) -> Forge:
    def forge(user: User) -> str:
        return _issued(use, username=user.email, client=_another_client())

    return forge


def _of_another_pool(use: str) -> Forge:
    def forge(user: User) -> str:
        email = f"{uuid.uuid4().hex}@example.com"
        resources.create_user(dict(os.environ), _another_pool(), email=email, password=PASSWORD)
        return _issued(use, username=email, pool=_another_pool())

    return forge


def _issued(use: str, **wanted: str) -> str:
    token: str = requests.post(f"{STANDIN}/_standin/tokens", params=wanted, timeout=10).json()[use]
    return token


def _by_the_key_of_another_pool(user: User) -> str:
    return signed(user, pool=_another_pool(), headers={"kid": key_id(user.id_token)})


def _by_the_other_key_named(user: User) -> str:
    return signed(user, headers={"kid": key_id(user.access_token)})


def _with_spare_bits_set(user: User) -> str:
    return user.id_token[:-1] + _BASE64URL[_BASE64URL.index(user.id_token[-1]) + 1]


def _in_the_standard_alphabet(user: User) -> str:
    start, _, signature = user.id_token.rpartition(".")
    return f"{start}.{signature.translate(str.maketrans('-_', '+/'))}"


def _with_the_signature_of_another(user: User) -> str:
    return f"{user.id_token.rpartition('.')[0]}.{signed(user, jti='another').rpartition('.')[2]}"


def _with_the_sub_changed(user: User) -> str:
    header, _, signature = user.id_token.split(".")
    return f"{header}.{encoded(json.dumps({**claims_of(user.id_token), 'sub': 'another'}).encode())}.{signature}"


def _followed_by(tail: str) -> Forge:
    return lambda user: user.id_token + tail


def _holding(gap: str) -> Forge:
    return lambda user: user.id_token[:-9] + gap + user.id_token[-9:]


_TAILS = ("=", "==", "A", "AAAA", "+", "/", ".", ".AAAA", "\x00", "\u00a0", "\u00e9", ",", "\n", " x")
_GAPS = (" ", "\t", "\n", "\r\n ", "\u00a0", "=", "*")

BAD_TOKENS: dict[str, Forge] = {
    "HS256 with the public key in PEM": _hs256(_public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    "HS256 with the public key in PKCS 1 PEM": _hs256(_public(Encoding.PEM, PublicFormat.PKCS1)),
    "HS256 with the public key in PEM, stripped": _hs256(
        lambda jwk: _public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)(jwk).strip()
    ),
    "HS256 with the public key in DER": _hs256(_public(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "HS256 with the public key in PKCS 1 DER": _hs256(_public(Encoding.DER, PublicFormat.PKCS1)),
    "HS256 with the JWK": _hs256(lambda jwk: json.dumps(jwk).encode()),
    "HS256 with the JWK's n": _hs256(lambda jwk: jwk["n"].encode()),
    "HS256 with the bytes of the JWK's n": _hs256(lambda jwk: base64.urlsafe_b64decode(jwk["n"] + "==")),
    "HS256 with an empty key": _hs256(lambda jwk: b""),
    **{f"alg {name}": _with_algorithm(name, signature=False) for name in ("none", "None", "NONE", "RS256")},
    **{f"alg {name!r}, signed": _with_algorithm(name, signature=True) for name in ("none", "", None, "RS256 ")},
    **{f"{name} by the right key": _changed(headers={"alg": name}) for name in ("RS384", "RS512", "PS256")},
    "ID token of another pool": _of_another_pool("IdToken"),
    "access token of another pool": _of_another_pool("AccessToken"),
    "signed by another pool in the name of ours": _by_the_key_of_another_pool,
    "issuer of another pool": _changed(iss=f"{ISSUER}x"),
    "issuer with a slash": _changed(iss=f"{ISSUER}/"),
    "ID token of another client": _of_another_client("IdToken"),
    "access token of another client": _of_another_client("AccessToken"),
    "ID token of another client, ours as client_id": _changed(aud="other", client_id=CLIENT_ID),
    "access token of another client, ours as aud": _changed("access", client_id="other", aud=CLIENT_ID),
    "ID token of several clients": _changed(aud=[CLIENT_ID, "other"]),
    "ID token without aud": _changed(without="aud"),
    "access token without client_id": _changed("access", without="client_id"),
    "expired ID token": _expired("id"),
    "expired access token": _expired("access"),
    "not valid before the year 2100": _changed(nbf=4_102_444_800),
    "exp that is not a number": _changed(exp="never"),
    **{f"no {claim}": _changed(without=claim) for claim in ("exp", "iat", "iss", "sub", "token_use")},
    **{f"{claim} null": _changed(**{claim: None}) for claim in ("exp", "iat", "sub", "token_use", "aud")},
    "sub empty": _changed(sub=""),
    "token_use refresh": _changed(token_use="refresh"),
    "token_use a list": _changed(token_use=["id"]),
    "ID token that says it is an access token": _changed(token_use="access"),
    "access token that says it is an ID token": _changed("access", token_use="id"),
    "refresh token": lambda user: user.refresh_token,
    "unknown kid": _changed(headers={"kid": "unknown"}),
    "kid of the pool's other key": _by_the_other_key_named,
    "kid that is a path": _changed(headers={"kid": "../../../../dev/null"}),
    "crit that is not known": _changed(headers={"crit": ["exp"]}),
    "no signature": lambda user: user.id_token.rpartition(".")[0] + ".",
    "two parts": lambda user: user.id_token.rpartition(".")[0],
    "signature of another token": _with_the_signature_of_another,
    "sub changed, signature kept": _with_the_sub_changed,
    "spare bits of the signature set": _with_spare_bits_set,
    "signature in the standard alphabet": _in_the_standard_alphabet,
    "padding in the middle": lambda user: user.id_token.replace(".", "=.", 1),
    **{f"{tail!r} after it": _followed_by(tail) for tail in _TAILS},
    **{f"{gap!r} within it": _holding(gap) for gap in _GAPS},
}
