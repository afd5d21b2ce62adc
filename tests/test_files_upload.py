"""The form to upload with: its policy allows this one file and nothing else, as S3 sees it."""

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine

from tests.clients import User
from tests.uploads import (
    BUCKET,
    announce,
    new_todo,
    object_key,
    objects_of,
    path_of,
    post_form,
    refusal,
    s3,
    start,
    stored_bytes,
    upload,
)

Form = dict[str, Any]
DISPOSITIONS = {
    "form.pdf": 'attachment; filename="form.pdf"',
    "my form (2).pdf": 'attachment; filename="my form (2).pdf"',
    'a "quoted" name.pdf': 'attachment; filename="a \\"quoted\\" name.pdf"',
    "Überweisung Q3.pdf": "attachment; filename*=utf-8''%C3%9Cberweisung%20Q3.pdf",
    "申請書🛂.pdf": "attachment; filename*=utf-8''%E7%94%B3%E8%AB%8B%E6%9B%B8%F0%9F%9B%82.pdf",
    "a;filename=b.exe": 'attachment; filename="a;filename=b.exe"',
    "${filename}": 'attachment; filename="${filename}"',
    "100%25.pdf": 'attachment; filename="100%25.pdf"',
}


@pytest.fixture
def todo_id(alice: User) -> str:
    return new_todo(alice)


@pytest.mark.parametrize("name", DISPOSITIONS)
def test_the_policy_names_exactly_one_object(alice: User, todo_id: str, name: str) -> None:
    before = datetime.now(UTC)
    file, form = start(alice, todo_id, 4096, name, "image/png")

    fields = form["fields"]
    policy = json.loads(base64.b64decode(fields["policy"]))
    day = fields["x-amz-date"][:8]
    fixed = {
        "Content-Type": "image/png",
        "Content-Disposition": DISPOSITIONS[name],
        "key": f"{alice.sub}/{todo_id}/{file['fileID']}",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{day}/{os.environ['AWS_REGION']}/s3/aws4_request",
        "x-amz-date": fields["x-amz-date"],
    }
    assert form["url"] == f"{os.environ['AWS_ENDPOINT_URL_S3']}/{BUCKET}"
    assert fields == {**fixed, "policy": fields["policy"], "x-amz-signature": fields["x-amz-signature"]}
    assert policy.keys() == {"expiration", "conditions"}
    expected = [{key: value} for key, value in {**fixed, "bucket": BUCKET}.items()]
    expected.append(["content-length-range", 4096, 4096])
    assert sorted(policy["conditions"], key=str) == sorted(expected, key=str)
    # Not longer than five minutes, and the client is told no later time than the policy's.
    expires = datetime.fromisoformat(policy["expiration"])
    assert before + timedelta(minutes=4, seconds=58) <= expires <= datetime.now(UTC) + timedelta(minutes=5)
    assert timedelta() <= expires - datetime.fromisoformat(form["expiresAt"]) <= timedelta(seconds=1)


@pytest.mark.parametrize("name", DISPOSITIONS)
def test_a_download_is_an_attachment_under_its_name(alice: User, todo_id: str, name: str) -> None:
    file = upload(alice, todo_id, b"content", name, content_type="image/png")
    stored = alice.api.post(f"{path_of(file)}/complete").json()

    download = requests.get(stored["filePath"], timeout=10)
    assert (download.status_code, download.content) == (200, b"content")
    assert download.headers["Content-Disposition"] == DISPOSITIONS[name]
    assert download.headers["Content-Type"] == "image/png"
    assert stored["fileName"] == name


@pytest.mark.parametrize(
    ("announced", "kept"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("TEXT/HTML; charset=utf-8", "application/octet-stream"),
        ("application/javascript", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("IMAGE/PNG", "image/png"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
    ],
)
def test_what_a_browser_would_run_is_stored_as_plain_bytes(
    alice: User, todo_id: str, announced: str, kept: str | None
) -> None:
    file = upload(alice, todo_id, b"<script>", "page.html", content_type=announced)
    stored = alice.api.post(f"{path_of(file)}/complete")
    assert (stored.status_code, stored.json()["contentType"]) == (200, kept or announced)
    assert requests.get(stored.json()["filePath"], timeout=10).headers["Content-Type"] == (kept or announced)


def test_each_announcement_has_an_object_of_its_own(alice: User, todo_id: str) -> None:
    forms = [start(alice, todo_id, 1)[1] for _ in range(3)]
    assert len({form["fields"]["key"] for form in forms}) == 3


OTHER_KEY = (403, "AccessDenied")
REFUSED: dict[str, tuple[Callable[[Form], requests.Response], tuple[int, str]]] = {
    "larger": (lambda form: post_form(form, b"content!"), (400, "EntityTooLarge")),
    "smaller": (lambda form: post_form(form, b"conten"), (400, "EntityTooSmall")),
    "empty": (lambda form: post_form(form, b""), (400, "EntityTooSmall")),
    "another type": (lambda form: post_form(form, b"content", Content_Type="text/html"), OTHER_KEY),
    "no type": (lambda form: post_form(form, b"content", Content_Type=None), OTHER_KEY),
    "another key": (
        lambda form: post_form(form, b"content", key=form["fields"]["key"][:-1] + "0"),
        OTHER_KEY,
    ),
    "a key below it": (lambda form: post_form(form, b"content", key=form["fields"]["key"] + "/a"), OTHER_KEY),
    "shown in the browser": (lambda form: post_form(form, b"content", Content_Disposition="inline"), OTHER_KEY),
    "another name": (
        lambda form: post_form(form, b"content", Content_Disposition='attachment; filename="form.exe"'),
        OTHER_KEY,
    ),
    "no disposition": (lambda form: post_form(form, b"content", Content_Disposition=None), OTHER_KEY),
    "public": (lambda form: post_form(form, b"content", acl="public-read"), OTHER_KEY),
    "a redirect": (lambda form: post_form(form, b"content", success_action_redirect="https://evil.example"), OTHER_KEY),
    "metadata": (lambda form: post_form(form, b"content", **{"x-amz-meta-a": "b"}), OTHER_KEY),
    "a wrong signature": (
        lambda form: post_form(form, b"content", **{"x-amz-signature": "0" * 64}),
        (403, "SignatureDoesNotMatch"),
    ),
    "a wider policy": (
        lambda form: post_form(form, b"content", policy=widened(form["fields"]["policy"])),
        (403, "SignatureDoesNotMatch"),
    ),
    "no policy": (lambda form: post_form(form, b"content", policy=None), OTHER_KEY),
}


def widened(policy: str) -> str:
    conditions = json.loads(base64.b64decode(policy))
    conditions["conditions"] = [["starts-with", "$key", ""]]
    return base64.b64encode(json.dumps(conditions).encode()).decode()


@pytest.mark.parametrize("what", REFUSED)
def test_an_upload_that_the_policy_does_not_allow_is_refused_by_s3(alice: User, todo_id: str, what: str) -> None:
    file, form = start(alice, todo_id, 7)
    send, expected = REFUSED[what]

    assert refusal(send(form)) == expected
    assert objects_of(alice) == []
    assert alice.api.post(f"{path_of(file)}/complete").status_code == 409
    # The form itself is good.
    assert post_form(form, b"content").status_code == 204
    assert objects_of(alice) == [object_key(alice, file)]


def test_a_form_can_be_used_for_five_minutes_and_no_longer(alice: User, todo_id: str) -> None:
    def made(ago: timedelta) -> Form:
        with time_machine.travel(datetime.now(UTC) - ago, tick=True):
            return start(alice, todo_id, 7)[1]

    late = made(timedelta(minutes=5, seconds=1))
    assert refusal(post_form(late, b"content")) == (403, "AccessDenied")
    assert "Policy expired" in post_form(late, b"content").text
    assert objects_of(alice) == []
    assert post_form(made(timedelta(minutes=4, seconds=30)), b"content").status_code == 204


def test_nothing_is_uploaded_without_a_form(alice: User, todo_id: str) -> None:
    _, form = start(alice, todo_id, 7)
    address = f"{form['url']}/{form['fields']['key']}"
    assert refusal(requests.put(address, data=b"content", timeout=10)) == (403, "AccessDenied")
    assert refusal(requests.get(address, timeout=10)) == (403, "AccessDenied")
    assert objects_of(alice) == []


def test_one_user_s_form_does_not_reach_another_s_files(alice: User, bob: User, todo_id: str) -> None:
    bob_s = upload(bob, new_todo(bob), b"content")
    _, form = start(alice, todo_id, 7)
    assert refusal(post_form(form, b"evil it", key=object_key(bob, bob_s))) == (403, "AccessDenied")
    kept = s3().get_object(Bucket=BUCKET, Key=object_key(bob, bob_s))["Body"].read()
    assert (kept, stored_bytes(alice)) == (b"content", None)


def test_an_announcement_alone_uploads_nothing(alice: User, todo_id: str) -> None:
    assert announce(alice, todo_id, 7).status_code == 201
    assert objects_of(alice) == []
