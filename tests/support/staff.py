"""Members of staff in a browser, as far as Django's own client is one."""

import os
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
from django.http import HttpResponse
from django.test import Client

from deploy.local import resources
from tests.clients import STANDIN

PASSWORD = "Staff-of-the-house-1"
LOGIN = "/admin/login/"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def code_of(email: str) -> str:
    """What the member's authenticator app shows; the next one where that has been used."""
    answer = requests.get(f"{STANDIN}/_standin/totp", params={"username": email}, timeout=10)
    return str(answer.json()["code"])


def new_browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@dataclass
class Member:
    email: str
    sub: str
    browser: Client = field(default_factory=new_browser)

    @classmethod
    def create(cls, *groups: str, enrolled: bool = True) -> "Member":
        """In these groups, with an address nobody had before, and not signed in."""
        email = f"staff-{uuid.uuid4().hex[:12]}@example.com"
        sub = resources.create_staff(os.environ, email=email, password=PASSWORD, groups=groups)
        if enrolled:
            resources.enrol_staff(os.environ, email=email, password=PASSWORD)
        return cls(email, sub)

    @classmethod
    def signed_in(cls, *groups: str) -> "Member":
        member = cls.create(*groups)
        answer = member.sign_in()
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/"), answer.content
        return member

    def sign_in(self, **changes: str) -> HttpResponse:
        code = changes.pop("code", None)
        form = {"email": self.email, "password": PASSWORD, "code": code_of(self.email) if code is None else code}
        return self.post(LOGIN, {**form, **changes})

    def get(self, path: str) -> HttpResponse:
        return self.browser.get(path)

    def post(self, path: str, form: dict[str, Any], *, page: str = LOGIN) -> HttpResponse:
        """With the token of a page that was opened before."""
        if "__Secure-support_csrf" not in self.browser.cookies:
            assert self.browser.get(page).status_code == 200
        token = self.browser.cookies["__Secure-support_csrf"].value
        return self.browser.post(path, {**form, "csrfmiddlewaretoken": token})


def text_of(answer: HttpResponse) -> str:
    """A page without what differs each time."""
    return _TOKEN.sub("", answer.content.decode())
