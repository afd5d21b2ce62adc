"""The main job, done against a deployed stage as a browser would: `make smoke STAGE=…`.

With a user that it makes in the pool and removes again, whatever happens; what that user wrote is erased by the next
maintenance run. The options that name addresses are for stages that no stack describes, such as the stand-ins.
"""

import argparse
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import urllib3

from deploy.release.errors import ReleaseError, run
from deploy.release.srp import sign_in
from deploy.release.stage import Stage

_TIMEOUT = urllib3.Timeout(connect=5, read=31)
_CONTENT = b"Twice a week"


@dataclass(frozen=True)
class Target:
    todos: str
    files: str
    pool_id: str
    client_id: str
    region: str
    website: str = ""
    """Its origin; empty where there is none to look at."""
    cognito: str | None = None
    """Its address; only off AWS."""
    admin_closed: bool = False
    """Whether API Gateway keeps the admin away; the service itself always has it."""

    @classmethod
    def of(cls, stage: Stage) -> "Target":
        api = stage.output("api", "ApiUrl")
        return cls(
            todos=api,
            files=api,
            pool_id=stage.output("auth", "UserPoolId"),
            client_id=stage.output("auth", "WebsiteClientId"),
            region=stage.region,
            website=stage.outputs("website").get("WebsiteUrl", ""),
            admin_closed=stage.parameters.get("api", {}).get("AdminAccess", "none") == "none",
        )


class Smoke:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._cognito = boto3.client("cognito-idp", region_name=target.region, endpoint_url=target.cognito)

    def run(self) -> None:
        self.closed_to_strangers()
        self.open_documentation()
        if self._target.website:
            self.readable_by_the_website()
            self.website()
        with self.user() as token:
            self.tour(token)

    def call(self, method: str, url: str, *, expect: int, **sent: Any) -> urllib3.BaseHTTPResponse:
        """Raises ReleaseError where the status is another."""
        try:
            answer = self._http.request(method, url, redirect=False, **sent)
        except urllib3.exceptions.HTTPError as error:
            raise ReleaseError(f"{method} {url}: no answer ({error})") from error
        if answer.status != expect:
            raise ReleaseError(f"{method} {url}: {answer.status} instead of {expect}. {answer.data[:300]!r}")
        return answer

    def closed_to_strangers(self) -> None:
        for url in (f"{self._target.todos}/me/todos", f"{self._target.files}/some-todo/files"):
            self.call("GET", url, expect=401)
            self.call("GET", url, expect=401, headers={"Authorization": "Bearer e30.e30.e30"})
        self.call("GET", f"{self._target.todos}/no-such-route", expect=404)
        if self._target.admin_closed:
            self.call("GET", f"{self._target.todos}/admin/", expect=404)
        _say("closed without a token")

    def open_documentation(self) -> None:
        for url, app in ((self._target.todos, "todos"), (self._target.files, "files")):
            schema = self.call("GET", f"{url}/{app}/schema", expect=200)
            _check(b"openapi" in schema.data, f"{url}/{app}/schema is no OpenAPI document")
            self.call("GET", f"{url}/{app}/docs", expect=200)
        _say("schemas and documentation open")

    def readable_by_the_website(self) -> None:
        """A browser that may not read a 401 cannot renew its token."""
        origin = {"Origin": self._target.website}
        asks = origin | {
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type,if-match,idempotency-key",
        }
        for url in (f"{self._target.todos}/me/todos", f"{self._target.files}/some-todo/files"):
            preflight = self._http.request("OPTIONS", url, headers=asks)
            allowed = preflight.headers.get("Access-Control-Allow-Methods", "")
            _check("PATCH" in allowed, f"the preflight of {url} is answered {preflight.status} and allows {allowed!r}")
            refused = self.call("GET", url, expect=401, headers=origin)
            given = refused.headers.get("Access-Control-Allow-Origin")
            _check(given == self._target.website, f"the 401 of {url} may be read by {given}, not the website")
        _say("preflights and refusals readable by the website")

    def website(self) -> None:
        page = self.call("GET", f"{self._target.website}/", expect=200)
        _check("default-src 'none'" in page.headers.get("Content-Security-Policy", ""), "the website has no policy")
        _check(page.headers.get("Cache-Control") == "no-cache", "the page may be cached, so releases come late")
        inside = self.call("GET", f"{self._target.website}/some/address", expect=200)
        _check(inside.data == page.data, "an address inside the website is not answered with its page")
        self.call("GET", f"{self._target.website}/assets/no-such-file.js", expect=404)
        config = self.call("GET", f"{self._target.website}/config.json", expect=200).json()
        _check(
            (config["todosUrl"], config["userPoolId"], config["clientId"])
            == (self._target.todos, self._target.pool_id, self._target.client_id),
            f"config.json leads elsewhere: {config}",
        )
        _say("website served, with its policy and its configuration")

    @contextmanager
    def user(self) -> Iterator[str]:
        """A token of a user that is gone after the block."""
        email, password = f"smoke-{secrets.token_hex(8)}@example.com", f"Aa1!{secrets.token_urlsafe(24)}"
        pool = {"UserPoolId": self._target.pool_id, "Username": email}
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self._cognito.admin_create_user(**pool, UserAttributes=attributes, MessageAction="SUPPRESS")  # type: ignore[arg-type]
        try:
            self._cognito.admin_set_user_password(**pool, Password=password, Permanent=True)
            yield sign_in(
                self._cognito,
                pool_id=self._target.pool_id,
                client_id=self._target.client_id,
                username=email,
                password=password,
            )
        finally:
            self._cognito.admin_delete_user(**pool)

    def tour(self, token: str) -> None:
        todos, mine = f"{self._target.todos}/me/todos", {"headers": {"Authorization": f"Bearer {token}"}}
        created = self.call("POST", todos, expect=201, json={"title": "Water the fig tree"}, **mine).json()
        try:
            todo = f"{todos}/{created['todoID']}"
            found = self.call("GET", f"{todos}?search=FIG", expect=200, **mine).json()["todos"]
            _check(created in found, "a todo just created is not in the list")
            stale = {"headers": {**mine["headers"], "If-Match": '"1"'}}
            self.call("PATCH", todo, expect=200, json={"notes": "Half a litre"}, **stale)
            self.call("PATCH", todo, expect=412, json={"notes": "A whole one"}, **stale)
            _say("todo created, found, edited; a stale edit refused")
            self.file(f"{self._target.files}/{created['todoID']}/files", mine)
            self.call("DELETE", todo, expect=204, **mine)
            self.call("GET", todo, expect=404, **mine)
            self.call("POST", f"{todo}/restore", expect=200, **mine)
            _say("todo thrown away and restored")
        finally:
            self.call("POST", f"{todos}/erase-account", expect=202, json={"confirm": created["userID"]}, **mine)

    def file(self, files: str, mine: dict[str, Any]) -> None:
        announced = {"fileName": "fig.txt", "size": len(_CONTENT), "contentType": "text/plain"}
        started = self.call("POST", files, expect=201, json=announced, **mine).json()
        form, file_id = started["upload"], started["file"]["fileID"]
        fields = {**form["fields"], "file": ("fig.txt", _CONTENT, "text/plain")}
        self.call("POST", form["url"], expect=204, fields=fields)
        self.call("POST", f"{files}/{file_id}/complete", expect=200, **mine)
        link = self.call("GET", f"{files}/{file_id}", expect=200, **mine).json()["filePath"]
        _check(self.call("GET", link, expect=200).data == _CONTENT, "the file comes back changed")
        self.call("DELETE", f"{files}/{file_id}", expect=204, **mine)
        _say("file uploaded, downloaded, deleted")


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ReleaseError(f"It answers, but {otherwise}.")


def _say(what: str) -> None:
    print(f"  ok  {what}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.release.smoke", description=__doc__)
    parser.add_argument("--stage", help="a stage that is deployed")
    for name in ("todos", "files", "pool-id", "client-id", "website", "cognito"):
        parser.add_argument(f"--{name}", default="", help="where no stage is named")
    parser.add_argument("--region", default="eu-west-1")
    asked = parser.parse_args()
    if asked.stage:
        stage = Stage.read(asked.stage)
        stage.say_where()
        target = Target.of(stage)
    elif all((asked.todos, asked.files, asked.pool_id, asked.client_id)):
        target = Target(
            todos=asked.todos,
            files=asked.files,
            pool_id=asked.pool_id,
            client_id=asked.client_id,
            region=asked.region,
            website=asked.website,
            cognito=asked.cognito or None,
        )
    else:
        raise ReleaseError("Name a stage (STAGE=…), or all of --todos, --files, --pool-id and --client-id.")
    Smoke(target).run()
    print("The stage does its job.")


if __name__ == "__main__":
    run(main)
