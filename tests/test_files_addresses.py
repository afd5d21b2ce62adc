"""Signed addresses: where they lead, and for how long."""

import os
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import time_machine

import todoproject
from files.storage import FilesStorage
from tests.clients import User
from tests.uploads import new_todo, object_key, path_of, refusal, store

KEY = "sub/todo/file"
SIGNATURE = {
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
}


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, strict_parsing=True))


def on_aws(region: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> FilesStorage:
    """The storage as the settings make it where no endpoint is overridden."""
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        monkeypatch.delenv(name)
    for name, value in {"AWS_REGION": region, "FILES_BUCKET": "the-files", **variables}.items():
        monkeypatch.setenv(name, value)
    # botocore's own idea of the region must not matter: ECS sets AWS_REGION only.
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    settings = runpy.run_path(str(Path(todoproject.__file__).with_name("settings.py")))
    return FilesStorage(**settings["STORAGES"]["default"]["OPTIONS"])


@pytest.fixture(params=["us-east-1", "eu-west-1", "eu-central-2", "ap-south-2"])
def region(request: pytest.FixtureRequest) -> str:
    region: str = request.param
    return region


def test_a_download_leads_to_the_bucket_s_own_regional_host(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = on_aws(region, monkeypatch).url(KEY)

    parts, query = urlsplit(address), query_of(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", f"the-files.s3.{region}.amazonaws.com", f"/{KEY}")
    assert query.keys() == SIGNATURE
    assert query == {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{query['X-Amz-Date'][:8]}/{region}/s3/aws4_request",
        "X-Amz-Date": query["X-Amz-Date"],
        "X-Amz-Expires": "900",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": query["X-Amz-Signature"],
    }


def test_an_upload_leads_to_the_bucket_s_own_regional_host(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = on_aws(region, monkeypatch).upload_policy(KEY, file_name="a.png", content_type="image/png", size=7)

    fields = policy.fields
    assert policy.url == f"https://the-files.s3.{region}.amazonaws.com/"
    assert fields == {
        "key": KEY,
        "Content-Type": "image/png",
        "Content-Disposition": 'attachment; filename="a.png"',
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{fields['x-amz-date'][:8]}/{region}/s3/aws4_request",
        "x-amz-date": fields["x-amz-date"],
        "policy": fields["policy"],
        "x-amz-signature": fields["x-amz-signature"],
    }


def test_the_credentials_of_a_task_come_with_their_session(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = on_aws(region, monkeypatch, AWS_SESSION_TOKEN="the-session")

    address = storage.url(KEY)
    fields = storage.upload_policy(KEY, file_name="a.png", content_type="image/png", size=7).fields
    assert query_of(address).keys() == SIGNATURE | {"X-Amz-Security-Token"}
    assert query_of(address)["X-Amz-Security-Token"] == fields["x-amz-security-token"] == "the-session"


@pytest.fixture(scope="module")
def stored() -> tuple[User, dict[str, Any]]:
    user = User.sign_up()
    return user, store(user, new_todo(user), b"content", "Überweisung.pdf")


def test_a_link_works_without_headers_and_saves_the_file_under_its_name(stored: tuple[User, dict[str, Any]]) -> None:
    user, file = stored
    address = user.api.get(path_of(file)).json()["filePath"]
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == os.environ["AWS_ENDPOINT_URL_S3"]
    assert parts.path == f"/{os.environ['FILES_BUCKET']}/{object_key(user, file)}"
    assert query_of(address).keys() == SIGNATURE
    assert query_of(address)["X-Amz-Expires"] == "900"

    download = requests.get(address, timeout=10)
    assert (download.status_code, download.content) == (200, b"content")
    assert download.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cberweisung.pdf"
    assert download.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("X-Amz-Expires=900", "X-Amz-Expires=9000"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("?", "0?"),
        ("?", "?response-content-disposition=inline&"),
        ("?", "?response-content-type=text%2Fhtml&"),
        ("?", "?versionId=1&"),
    ],
)
def test_a_link_that_was_tampered_with_is_refused(stored: tuple[User, dict[str, Any]], found: str, put: str) -> None:
    address = stored[1]["filePath"]
    assert found in address
    assert refusal(requests.get(address.replace(found, put, 1), timeout=10)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_a_link_is_for_reading_only(stored: tuple[User, dict[str, Any]], method: str) -> None:
    assert requests.request(method, stored[1]["filePath"], data=b"evil", timeout=10).status_code == 403
    assert requests.get(stored[1]["filePath"], timeout=10).content == b"content"


def test_a_link_to_another_user_s_file_is_not_made_from_one_s_own(
    stored: tuple[User, dict[str, Any]], bob: User
) -> None:
    user, file = stored
    own = store(bob, new_todo(bob), b"own")
    address = own["filePath"].replace(object_key(bob, own), object_key(user, file))
    assert refusal(requests.get(address, timeout=10)) == (403, "SignatureDoesNotMatch")


def test_a_link_works_for_a_quarter_of_an_hour(stored: tuple[User, dict[str, Any]]) -> None:
    user, file = stored

    def made(ago: timedelta) -> str:
        with time_machine.travel(datetime.now(UTC) - ago, tick=True):
            address: str = user.api.get(path_of(file)).json()["filePath"]
        return address

    late = requests.get(made(timedelta(minutes=15, seconds=2)), timeout=10)
    assert refusal(late) == (403, "AccessDenied")
    assert "Request has expired" in late.text
    assert requests.get(made(timedelta(minutes=14, seconds=30)), timeout=10).status_code == 200
