"""Members of staff of a running stage, whose browser shows them the admin at the API's own address."""

import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import requests

from deploy.local import resources
from deploy.local.cognito import totp
from tests.cloud.running import Stage
from tests.support.staff import LOGIN, PASSWORD, code_of

API = "https://api.example.com"
"""Where browsers see the admin; what stands before the containers is theirs to know, not the browsers'."""
_TEMPORARY = "Temporary-pass-1"
_SECRET = re.compile(r"<code>([A-Z2-7 ]+)</code>")


@dataclass
class Member:
    stage: Stage
    email: str
    sub: str
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    @classmethod
    def invited(cls, stage: Stage, *groups: str) -> "Member":
        """With a temporary password, as an administrator makes them."""
        email = f"staff-{uuid.uuid4().hex[:12]}@example.com"
        cognito, pool = resources.client("cognito-idp", os.environ), stage.real("auth.StaffUserPool")
        created = cognito.admin_create_user(
            UserPoolId=pool, Username=email, TemporaryPassword=_TEMPORARY, MessageAction="SUPPRESS"
        )
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        return cls(stage, email, created["User"]["Username"])

    @classmethod
    def signed_in(cls, stage: Stage, *groups: str) -> "Member":
        member = cls.invited(stage, *groups)
        member.sign_in_for_the_first_time()
        return member

    def sign_in_for_the_first_time(self) -> None:
        """With a password of one's own and an authenticator app."""
        begun = self.post(LOGIN, {"email": self.email, "password": _TEMPORARY, "code": ""})
        assert begun.headers.get("Location") == "/admin/login/password/", begun.text
        chosen = self.post("/admin/login/password/", {"password": PASSWORD, "repeated": PASSWORD})
        assert chosen.headers.get("Location") == "/admin/login/enrol/", chosen.text
        secret = _SECRET.search(self.get("/admin/login/enrol/").text)
        assert secret
        done = self.post("/admin/login/enrol/", {"code": totp.code(secret[1].replace(" ", ""))})
        assert done.headers.get("Location") == "/admin/", done.text

    def sign_in(self) -> None:
        form = {"email": self.email, "password": PASSWORD, "code": code_of(self.email)}
        answer = self.post(LOGIN, form)
        assert answer.headers.get("Location") == "/admin/", answer.text

    def get(self, path: str) -> requests.Response:
        return self._send("GET", path)

    def post(self, path: str, form: Mapping[str, Any], **headers: str | None) -> requests.Response:
        """As the page's own form does it; `headers` may say that it was another's, None that it says nothing."""
        if "__Secure-support_csrf" not in self.cookies:
            assert self.get(LOGIN).status_code == 200
        token = self.cookies["__Secure-support_csrf"].value
        return self._send("POST", path, {"csrfmiddlewaretoken": token, **form}, **{"Origin": API, **headers})

    def _send(
        self, method: str, path: str, form: Mapping[str, Any] | None = None, **headers: str | None
    ) -> requests.Response:
        # Secure cookies, which no client would send to a gateway that this machine reaches without TLS.
        sent = {**headers, "Cookie": "; ".join(f"{name}={each.value}" for name, each in self.cookies.items())}
        answer = requests.request(
            method, self.stage.url + path, data=form, headers=sent, timeout=30, allow_redirects=False
        )
        for line in answer.raw.headers.getlist("Set-Cookie"):
            self.cookies.load(line)
        return answer
