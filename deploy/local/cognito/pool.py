"""A user pool that signs and ends tokens as Cognito does."""

import base64
import secrets
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from moto.cognitoidp.models import CognitoIdpUser, CognitoIdpUserPool, CognitoIdpUserPoolClient

from deploy.local.cognito.errors import not_authorized

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# Variable of the app client, its default and the default's unit.
_VALIDITY = {
    "access": ("AccessToken", 1, "hours"),
    "id": ("IdToken", 1, "hours"),
    "refresh": ("RefreshToken", 30, "days"),
}


@dataclass(frozen=True)
class SigningKey:
    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    kid: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def sign(self, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
        return jwt.encode(
            claims, self.private, algorithm="RS256", headers={"kid": self.kid, "typ": None, **(headers or {})}
        )

    def public(self) -> dict[str, Any]:
        return {
            **RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True),
            "kid": self.kid,
            "alg": "RS256",
            "use": "sig",
        }


@dataclass(frozen=True)
class SignIn:
    """One sign-in; the tokens refreshed from it share its time and end with it."""

    client_id: str
    username: str
    at: int
    refresh_until: int


class Pool(CognitoIdpUserPool):
    public_url: ClassVar[str] = "http://localhost"
    """Where browsers and services reach the stand-in; set before the first pool is made."""

    def __init__(self, account_id: str, region: str, name: str, extended_config: dict[str, Any]) -> None:
        super().__init__(account_id, region, name, extended_config)
        self.sign_ins: dict[str, SignIn] = {}

    @property
    def issuer(self) -> str:
        return f"{self.public_url}/{self.id}"

    @cached_property
    def keys(self) -> dict[str, SigningKey]:
        """Two, as Cognito has: one for ID tokens, one for access tokens."""
        return {"id": SigningKey(), "access": SigningKey()}

    def validity(self, client: CognitoIdpUserPoolClient, use: str) -> int:
        """Seconds that a token of the client lives."""
        name, default, default_unit = _VALIDITY[use]
        unit = client.extended_config.get("TokenValidityUnits", {}).get(name, default_unit)
        # Zero stands for the default, as in AWS's own answers.
        return int(client.extended_config.get(f"{name}Validity") or default) * _SECONDS[unit]

    def find_user(self, username: str) -> CognitoIdpUser | None:
        """By sub, or by e-mail address where that is a user name."""
        by_name = self.users.get(username)
        if by_name is not None or not username:
            return by_name
        fold = str if self._is_case_sensitive() else str.casefold
        for user in self.users.values():
            for attribute in self.extended_config.get("UsernameAttributes", []):
                if fold(user.attribute_lookup.get(attribute, "")) == fold(username):
                    return user
        return None

    def _get_user(self, username: str) -> CognitoIdpUser:
        """moto's name for it, and its claim that there is always somebody."""
        return self.find_user(username)  # type: ignore[return-value]

    def _is_case_sensitive(self) -> bool:
        return bool(self.extended_config.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    # The four that moto calls wherever somebody is signed in or a token is renewed.

    def create_refresh_token(self, client_id: str, username: str) -> tuple[str, str]:
        now = int(time.time())
        user = self._get_user(username)
        origin = str(uuid.uuid4())
        until = now + self.validity(self.clients[client_id], "refresh")
        self.sign_ins[origin] = SignIn(client_id, user.username, at=now, refresh_until=until)
        token = _opaque_token()
        self.refresh_tokens[token] = (client_id, user.username, origin)
        return token, origin

    def create_tokens_from_refresh_token(self, refresh_token: str) -> tuple[str, str, int]:
        client_id, username, origin = self._live_refresh_token(refresh_token)
        access_token, seconds = self.create_access_token(client_id, username, origin)
        id_token, _ = self.create_id_token(client_id, username, origin)
        return access_token, id_token, seconds

    def create_id_token(self, client_id: str, username: str, origin_jti: str) -> tuple[str, int]:
        user = self._get_user(username)
        readable = self.clients[client_id].get_readable_fields()
        claims = {
            name: value == "true" if name.endswith("_verified") else value
            for name, value in user.attribute_lookup.items()
            if not readable or name in readable
        }
        return self._sign("id", user, origin_jti, {**claims, "aud": client_id, "cognito:username": user.username})

    def create_access_token(self, client_id: str, username: str, origin_jti: str) -> tuple[str, int]:
        user = self._get_user(username)
        own = {"client_id": client_id, "username": user.username, "scope": "aws.cognito.signin.user.admin"}
        token, seconds = self._sign("access", user, origin_jti, own)
        self.access_tokens[token] = (client_id, user.username)
        return token, seconds

    def _sign(self, use: str, user: CognitoIdpUser, origin: str, own: dict[str, Any]) -> tuple[str, int]:
        sign_in = self.sign_ins[origin]
        now = int(time.time())
        seconds = self.validity(self.clients[sign_in.client_id], use)
        groups = {"cognito:groups": sorted(group.group_name for group in user.groups)} if user.groups else {}
        claims = {
            **own,
            **groups,
            "sub": user.id,
            "iss": self.issuer,
            "token_use": use,
            "origin_jti": origin,
            "event_id": str(uuid.uuid4()),
            "jti": str(uuid.uuid4()),
            "auth_time": sign_in.at,
            "iat": now,
            "exp": now + seconds,
        }
        return self.keys[use].sign(claims), seconds

    def _live_refresh_token(self, token: str, *, client_id: str | None = None) -> tuple[str, str, str]:
        known = self.refresh_tokens.get(token, ("", "", ""))
        if known is None:
            raise not_authorized("Refresh Token has been revoked")
        if not known[2] or (client_id is not None and client_id != known[0]):
            raise not_authorized("Invalid Refresh Token")
        if self.sign_ins[known[2]].refresh_until <= time.time():
            raise not_authorized("Refresh Token has expired")
        return known

    def check_refresh_token(self, token: str, *, client_id: str) -> None:
        """Raises NotAuthorizedException if the token is not this client's, has ended, or its user may not sign in."""
        _, username, _ = self._live_refresh_token(token, client_id=client_id)
        user = self.find_user(username)
        if user is None:
            raise not_authorized("Invalid Refresh Token")
        if not user.enabled:
            raise not_authorized("User is disabled.")

    def issued(self, token: str) -> bool:
        """Whether the token claims to be a signed one of this pool."""
        try:
            claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return False
        return claims.get("iss") == self.issuer

    def check_access_token(self, token: str) -> str:
        """The name of the token's user. Raises NotAuthorizedException."""
        try:
            jwt.decode(token, self.keys["access"].private.public_key(), algorithms=["RS256"])
        except jwt.ExpiredSignatureError:
            raise not_authorized("Access Token has expired") from None
        except jwt.InvalidTokenError:
            raise not_authorized("Invalid Access Token") from None
        if token not in self.access_tokens:
            raise not_authorized("Access Token has been revoked")
        return self.access_tokens[token][1]

    def sign_out(self, username: str) -> None:
        # Tokens are kept under the user's own name, whatever the user was called in this request.
        super().sign_out(self._get_user(username).username)

    def revoke(self, refresh_token: str) -> None:
        """End the refresh token and the access tokens that came of it."""
        known = self.refresh_tokens.get(refresh_token)
        if known is None:
            return
        self.refresh_tokens[refresh_token] = None
        for token in list(self.access_tokens):
            if jwt.decode(token, options={"verify_signature": False})["origin_jti"] == known[2]:
                del self.access_tokens[token]


def _opaque_token() -> str:
    """Five parts behind the header of an encrypted token, as Cognito's refresh tokens look. Nothing is in it."""
    header = base64.urlsafe_b64encode(b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}').decode().rstrip("=")
    return ".".join([header, *(secrets.token_urlsafe(size) for size in (256, 12, 600, 16))])
