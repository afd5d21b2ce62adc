import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local.sigv4 import Scope
from deploy.local.standins import ACCESS_KEY_ID
from tests.standins.support import Answer, Aws, send

KEY = "user/todo/file"
CONTENT = b"twelve bytes"
DISPOSITION = "attachment; filename*=UTF-8''%C3%BCbergabe.txt"


def sign(bucket: str, conditions: list[Any], *, minutes: float = 5, **fields: Any) -> dict[str, str]:
    """The fields of a form whose policy has these conditions and those that the signature needs."""
    now = datetime.now(UTC)
    scope = Scope(ACCESS_KEY_ID, f"{now:%Y%m%d}", "eu-west-1", "s3")
    signed = {
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{ACCESS_KEY_ID}/{scope.date}/eu-west-1/s3/aws4_request",
        "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
    }
    policy = {
        "expiration": f"{now + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.000Z}",
        "conditions": [{"bucket": bucket}, *conditions, *({name: value} for name, value in signed.items())],
    }
    encoded = b64encode(json.dumps(policy).encode()).decode()
    return {**fields, **signed, "policy": encoded, "x-amz-signature": scope.sign(encoded)}


@pytest.fixture
def form(bucket: str) -> dict[str, str]:
    own: dict[str, Any] = {"key": KEY, "Content-Type": "text/plain", "Content-Disposition": DISPOSITION}
    exact = [{name: value} for name, value in own.items()]
    return sign(bucket, [*exact, ["content-length-range", len(CONTENT), len(CONTENT)]], **own)


def post(aws: Aws, bucket: str, form: dict[str, str], content: bytes | None = CONTENT, **options: Any) -> Answer:
    fields: list[tuple[str, Any]] = list(form.items())
    if content is not None:
        fields.append(("file", ("my file.txt", content, "application/octet-stream")))
    return send("POST", f"{aws.url}/{bucket}", fields=fields, **options)


def assert_refused(aws: Aws, bucket: str, answer: Answer, status: int, code: str, message: str = "") -> None:
    assert (answer.status, answer.code) == (status, code), answer.body
    assert message in answer.element("Message")
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


def test_an_upload_that_fits_is_stored_as_the_policy_says(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    answer = post(aws, bucket, form)
    assert (answer.status, answer.body) == (204, b"")
    stored = aws.s3.get_object(Bucket=bucket, Key=KEY)
    assert (stored["Body"].read(), stored["ContentType"]) == (CONTENT, "text/plain")
    assert (stored["ContentDisposition"], stored["ETag"]) == (DISPOSITION, answer.headers["ETag"])


def test_the_form_of_boto3_is_accepted(aws: Aws, bucket: str) -> None:
    made = aws.s3.generate_presigned_post(bucket, KEY, Conditions=[["content-length-range", 1, 100]], ExpiresIn=60)
    assert made["url"].rstrip("/") == f"{aws.url}/{bucket}"
    assert post(aws, bucket, made["fields"]).status == 204


def test_a_file_that_is_too_large_or_too_small_is_refused(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    answer = post(aws, bucket, form, CONTENT + b"!")
    assert_refused(aws, bucket, answer, 400, "EntityTooLarge", "exceeds the maximum allowed size")
    assert (answer.element("ProposedSize"), answer.element("MaxSizeAllowed")) == ("13", "12")
    answer = post(aws, bucket, form, CONTENT[:-1])
    assert_refused(aws, bucket, answer, 400, "EntityTooSmall", "smaller than the minimum allowed size")


@pytest.mark.parametrize(
    ("name", "value"),
    [("key", "user/todo/other"), ("Content-Type", "text/html"), ("Content-Disposition", "inline")],
)
def test_another_key_type_or_name_is_refused(
    aws: Aws, bucket: str, form: dict[str, str], name: str, value: str
) -> None:
    message = f'Policy Condition failed: ["eq", "${name}", '
    answer = post(aws, bucket, {**form, name: value})
    assert_refused(aws, bucket, answer, 403, "AccessDenied", f"Invalid according to Policy: {message}")
    left_out = {field: given for field, given in form.items() if field != name}
    assert post(aws, bucket, left_out).status in (400, 403)


def test_a_field_that_the_policy_does_not_name_is_refused(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    for name in ("acl", "x-amz-meta-more", "success_action_redirect", "Cache-Control"):
        answer = post(aws, bucket, {**form, name: "public-read"})
        message = f"Invalid according to Policy: Extra input fields: {name.lower()}"
        assert_refused(aws, bucket, answer, 403, "AccessDenied", message)
    assert post(aws, bucket, {**form, "x-ignore-me": "1"}).status == 204


def test_a_policy_for_another_bucket_is_refused(aws: Aws, bucket: str) -> None:
    answer = post(aws, bucket, sign("another", [{"key": KEY}], key=KEY))
    assert_refused(aws, bucket, answer, 403, "AccessDenied", "Policy Condition failed")


def test_an_expired_policy_is_refused(aws: Aws, bucket: str) -> None:
    answer = post(aws, bucket, sign(bucket, [{"key": KEY}], minutes=-0.1, key=KEY))
    assert_refused(aws, bucket, answer, 403, "AccessDenied", "Invalid according to Policy: Policy expired.")


def test_an_altered_policy_and_a_made_up_signature_are_refused(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    wider = b64encode(b'{"expiration": "2099-01-01T00:00:00Z", "conditions": []}').decode()
    for change in ({"policy": wider}, {"x-amz-signature": "0" * 64}):
        answer = post(aws, bucket, {**form, **change})
        assert_refused(aws, bucket, answer, 403, "SignatureDoesNotMatch")


def test_a_form_without_a_policy_is_refused(aws: Aws, bucket: str) -> None:
    assert_refused(aws, bucket, post(aws, bucket, {"key": KEY}), 403, "AccessDenied", "Access Denied")


def test_a_key_that_nobody_knows_is_refused(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    credential = form["x-amz-credential"].replace(ACCESS_KEY_ID, "SomebodyElse")
    answer = post(aws, bucket, {**form, "x-amz-credential": credential})
    assert_refused(aws, bucket, answer, 403, "InvalidAccessKeyId")


def test_starts_with_allows_what_starts_so_and_the_file_name_may_stand_in_the_key(aws: Aws, bucket: str) -> None:
    fields = sign(bucket, [["starts-with", "$key", "user/"]], key="user/${filename}")
    assert_refused(aws, bucket, post(aws, bucket, {**fields, "key": "other/x"}), 403, "AccessDenied", "starts-with")
    assert post(aws, bucket, fields).status == 204
    assert aws.s3.head_object(Bucket=bucket, Key="user/my file.txt")["ContentLength"] == len(CONTENT)


def test_a_body_that_is_no_form_with_one_file_is_refused(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    assert_refused(aws, bucket, post(aws, bucket, form, None), 400, "InvalidArgument", "exactly one file upload")
    without_key = {name: value for name, value in form.items() if name != "key"}
    assert_refused(aws, bucket, post(aws, bucket, without_key), 400, "InvalidArgument", "named 'key'")
    url = f"{aws.url}/{bucket}"
    answer = send("POST", url, headers={"Content-Type": "multipart/form-data; boundary=x"}, body=b"no form at all")
    assert_refused(aws, bucket, answer, 400, "MalformedPOSTRequest")
    answer = send("POST", url, headers={"Content-Type": "application/json"}, body=b"{}")
    assert_refused(aws, bucket, answer, 412, "PreconditionFailed")


def test_what_comes_behind_the_file_is_ignored(aws: Aws, bucket: str, form: dict[str, str]) -> None:
    fields: list[tuple[str, Any]] = [*form.items(), ("file", ("a", CONTENT)), ("acl", "public-read")]
    assert send("POST", f"{aws.url}/{bucket}", fields=fields).status == 204


@pytest.mark.parametrize(("wanted", "status"), [("200", 200), ("201", 201), ("204", 204), ("500", 204)])
def test_the_form_chooses_the_status(aws: Aws, bucket: str, wanted: str, status: int) -> None:
    own: dict[str, Any] = {"key": KEY, "success_action_status": wanted}
    answer = post(aws, bucket, sign(bucket, [{name: value} for name, value in own.items()], **own))
    assert (answer.status, answer.element("Key")) == (status, KEY if status == 201 else "")


def test_a_bucket_that_is_not_there_is_404(aws: Aws, form: dict[str, str]) -> None:
    assert post(aws, "no-such-bucket", form).code == "NoSuchBucket"
