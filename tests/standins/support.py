"""What the tests of the stand-ins speak to them with."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from deploy.local import resources
from deploy.local.children import Child, free_port, wait_for_http
from deploy.local.standins import ROOT, StandIns

PASSWORD = "Wonderland-2026"
_HTTP = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of S3's error document; empty where there is none."""
        return self.element("Code")

    def element(self, name: str) -> str:
        return self.body.decode().partition(f"<{name}>")[2].partition(f"</{name}>")[0]


def send(method: str, url: str, **options: Any) -> Answer:
    answer = _HTTP.request(method, url, redirect=False, **options)
    return Answer(answer.status, answer.headers, answer.data)


class Aws:
    """Cognito and S3 without DynamoDB, which these tests do not need."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.url = f"http://localhost:{port}"
        standins = StandIns(logs=Path(child.log).parent)
        standins.aws_port = port
        self.env = standins.env
        self.cognito = resources.client("cognito-idp", self.env)
        self.s3 = resources.client("s3", self.env)

    def control(self, method: str, path: str, **body: Any) -> Answer:
        return send(method, f"{self.url}/_standin/{path}", json=body or None)

    def code(self, email: str) -> str:
        code: str = self.control("GET", f"code?username={email}").json["code"]
        return code


@contextmanager
def start_aws(logs: Path) -> Iterator[Aws]:
    port = free_port()
    command = [sys.executable, "-m", "deploy.local.aws", "--port", str(port)]
    with Child("Cognito and S3", command, log=logs / "aws.log", cwd=ROOT) as child:
        wait_for_http(f"http://localhost:{port}/_standin/health", child)
        yield Aws(child, port)


@contextmanager
def refused(code: str, sentence: str = "") -> Iterator[None]:
    """The call inside is refused with this code, and with a message that holds the sentence."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], sentence in error["Message"]) == (code, True), error


def attempt(call: Callable[[], Any]) -> str:
    """Code and message of the refusal, in one line; empty if there was none."""
    try:
        call()
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""
