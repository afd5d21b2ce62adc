from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from deploy.local.standins import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.standins.support import Answer, Aws, refused, send

KEY = "a user/böse+Zeichen & 100%/~file.txt"


@pytest.fixture
def stored(aws: Aws, bucket: str) -> str:
    """The bucket, with one object in it."""
    aws.s3.put_object(
        Bucket=bucket,
        Key=KEY,
        Body=b"content",
        ContentType="text/plain",
        ContentDisposition='attachment; filename="a.txt"',
    )
    return bucket


def presign(aws: Aws, method: str, bucket: str, **options: Any) -> str:
    parameters = {"Bucket": bucket, "Key": KEY, **options.pop("parameters", {})}
    url: str = aws.s3.generate_presigned_url(method, Params=parameters, **options)
    return url


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


def test_a_presigned_get_serves_the_object_with_its_stored_headers(aws: Aws, stored: str) -> None:
    answer = send("GET", presign(aws, "get_object", stored))
    assert (answer.status, answer.body) == (200, b"content")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.txt"'


def test_a_presigned_get_may_set_the_headers_it_signs(aws: Aws, stored: str) -> None:
    wanted = {"ResponseContentDisposition": "attachment; filename*=UTF-8''%C3%BC.txt"}
    url = presign(aws, "get_object", stored, parameters=wanted)
    assert send("GET", url).headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC.txt"
    assert_refused(send("GET", url.replace("attachment", "inline")), 403, "SignatureDoesNotMatch")


def test_a_presigned_put_stores(aws: Aws, bucket: str) -> None:
    url = presign(aws, "put_object", bucket, parameters={"ContentType": "text/plain"})
    assert_refused(send("PUT", url, body=b"x", headers={"Content-Type": "text/html"}), 403, "SignatureDoesNotMatch")
    assert send("PUT", url, body=b"x", headers={"Content-Type": "text/plain"}).status == 200
    assert aws.s3.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("part", "other"),
    [("file.txt", "file.tx"), ("Expires=60", "Expires=61"), ("X-Amz-Signature=", "X-Amz-Signature=0")],
)
def test_an_altered_address_is_refused(aws: Aws, stored: str, part: str, other: str) -> None:
    url = presign(aws, "get_object", stored, ExpiresIn=60)
    assert part in url
    answer = send("GET", url.replace(part, other))
    assert_refused(answer, 403, "SignatureDoesNotMatch")
    assert answer.element("StringToSign").startswith("AWS4-HMAC-SHA256")


def test_an_address_is_good_for_its_method_only(aws: Aws, stored: str) -> None:
    url = presign(aws, "get_object", stored)
    for method in ("PUT", "DELETE"):
        assert_refused(send(method, url), 403, "SignatureDoesNotMatch")
    assert send("HEAD", url).status == 403
    assert aws.s3.head_object(Bucket=stored, Key=KEY)["ContentLength"] == 7


def test_a_header_that_was_not_signed_is_refused(aws: Aws, stored: str) -> None:
    answer = send("GET", presign(aws, "get_object", stored), headers={"x-amz-meta-more": "1"})
    assert_refused(answer, 403, "AccessDenied")
    assert answer.element("HeadersNotSigned") == "x-amz-meta-more"


def test_an_address_runs_out(aws: Aws, stored: str) -> None:
    url = presign(aws, "get_object", stored, ExpiresIn=0)
    while (answer := send("GET", url)).status == 200:
        pass  # within the second it was signed in
    assert_refused(answer, 403, "AccessDenied")
    assert answer.element("Message") == "Request has expired"
    assert answer.element("X-Amz-Expires") == "0"


def test_an_address_for_longer_than_a_week_or_with_parts_missing_is_refused(aws: Aws, stored: str) -> None:
    url = presign(aws, "get_object", stored, ExpiresIn=604801)
    assert_refused(send("GET", url), 400, "AuthorizationQueryParametersError")
    url = presign(aws, "get_object", stored).partition("&X-Amz-Expires")[0]
    assert_refused(send("GET", url), 400, "AuthorizationQueryParametersError")


def test_nobody_reads_writes_or_lists_without_a_signature(aws: Aws, stored: str) -> None:
    for method, path in (("GET", KEY), ("PUT", KEY), ("DELETE", KEY), ("GET", ""), ("POST", "?delete")):
        answer = send(method, f"{aws.url}/{stored}/{path}", headers={"Content-Type": "text/plain"})
        assert_refused(answer, 403, "AccessDenied")
    assert send("HEAD", f"{aws.url}/{stored}/{KEY}").status == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aws_secret_access_key": "another"}, "SignatureDoesNotMatch"),
        ({"aws_access_key_id": "another"}, "InvalidAccessKeyId"),
        # A call with a header would be sent again by botocore, for the region that the refusal names.
        ({"region_name": "us-east-1"}, "AuthorizationQueryParametersError"),
    ],
)
def test_calls_with_another_key_or_region_are_refused(aws: Aws, stored: str, change: dict[str, str], code: str) -> None:
    own: dict[str, Any] = {
        "aws_access_key_id": ACCESS_KEY_ID,
        "aws_secret_access_key": SECRET_ACCESS_KEY,
        "region_name": "eu-west-1",
    }
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    other = boto3.client("s3", endpoint_url=aws.url, config=config, **{**own, **change})
    if "region_name" not in change:
        with refused(code):
            other.put_object(Bucket=stored, Key=KEY, Body=b"x")
    answer = send("GET", other.generate_presigned_url("get_object", Params={"Bucket": stored, "Key": KEY}))
    assert answer.code == code


def test_version_2_signatures_are_refused(aws: Aws, stored: str) -> None:
    until = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    old = f"?AWSAccessKeyId={ACCESS_KEY_ID}&Signature=AAAA&Expires={until}"
    assert_refused(send("GET", f"{aws.url}/{stored}/x{old}"), 400, "InvalidRequest")


def test_a_missing_object_is_404_with_the_permission_to_list_and_403_without(aws: Aws, bucket: str) -> None:
    def statuses() -> list[tuple[int, str]]:
        url = [presign(aws, name, bucket) for name in ("head_object", "get_object")]
        head, get = send("HEAD", url[0]), send("GET", url[1])
        assert head.body == b""
        return [(head.status, ""), (get.status, get.code)]

    assert statuses() == [(404, ""), (404, "NoSuchKey")]
    aws.control("POST", f"list-bucket?bucket={bucket}&allowed=false")
    assert statuses() == [(403, ""), (403, "AccessDenied")]
    with refused("403"):
        aws.s3.head_object(Bucket=bucket, Key=KEY)
    aws.control("POST", f"list-bucket?bucket={bucket}&allowed=true")
    assert statuses() == [(404, ""), (404, "NoSuchKey")]


def test_parts_listing_copying_and_deleting_work_as_signed_calls(aws: Aws, stored: str) -> None:
    s3, part = aws.s3, b"x" * 5 * 1024 * 1024
    upload = s3.create_multipart_upload(Bucket=stored, Key="big")["UploadId"]
    tags = []
    for number, body in ((1, part), (2, b"end")):
        sent = s3.upload_part(Bucket=stored, Key="big", UploadId=upload, PartNumber=number, Body=body)
        tags.append({"PartNumber": number, "ETag": sent["ETag"]})
    s3.complete_multipart_upload(Bucket=stored, Key="big", UploadId=upload, MultipartUpload={"Parts": tags})
    s3.copy_object(Bucket=stored, Key="copy", CopySource={"Bucket": stored, "Key": KEY})
    listed = [found["Key"] for found in s3.list_objects_v2(Bucket=stored)["Contents"]]
    assert sorted(listed) == sorted([KEY, "big", "copy"])
    s3.delete_objects(Bucket=stored, Delete={"Objects": [{"Key": key} for key in listed]})
    assert s3.list_objects_v2(Bucket=stored)["KeyCount"] == 0
