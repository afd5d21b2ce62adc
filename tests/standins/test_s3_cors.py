from typing import Any

import pytest

from tests.standins.support import Answer, Aws, send

WEBSITE = "http://localhost:8080"


def preflight(aws: Aws, path: str, method: str, origin: str = WEBSITE, headers: str = "") -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return send("OPTIONS", f"{aws.url}/{path}", headers=asked)


def allowed(answer: Answer) -> dict[str, str]:
    prefix = "access-control-"
    return {n.lower().removeprefix(prefix): v for n, v in answer.headers.items() if n.lower().startswith(prefix)}


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
def test_a_preflight_is_allowed_by_the_buckets_rule(aws: Aws, bucket: str, method: str) -> None:
    answer = preflight(aws, bucket, method, headers="content-type, x-other")
    assert answer.status == 200
    assert allowed(answer) == {
        "allow-origin": WEBSITE,
        "allow-methods": "POST, GET, HEAD",
        "allow-headers": "content-type, x-other",
        "allow-credentials": "true",
        "expose-headers": "ETag",
        "max-age": "3600",
    }
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(("method", "origin"), [("PUT", WEBSITE), ("DELETE", WEBSITE), ("POST", "http://evil.test")])
def test_a_preflight_for_another_method_or_website_is_refused(aws: Aws, bucket: str, method: str, origin: str) -> None:
    answer = preflight(aws, f"{bucket}/key", method, origin)
    assert (answer.status, answer.code, allowed(answer)) == (403, "AccessForbidden", {})


def test_a_bucket_without_rules_refuses_every_preflight(aws: Aws, bucket: str) -> None:
    aws.s3.delete_bucket_cors(Bucket=bucket)
    for path in (bucket, "no-such-bucket"):
        answer = preflight(aws, path, "GET")
        assert (answer.status, answer.code) == (403, "AccessForbidden")
        assert "CORS is not enabled for this bucket" in answer.element("Message")


def test_the_first_rule_that_fits_answers_and_headers_count(aws: Aws, bucket: str) -> None:
    rules: list[dict[str, Any]] = [
        {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["x-amz-*"]},
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]},
    ]
    aws.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert allowed(preflight(aws, bucket, "GET"))["allow-origin"] == "*"
    assert preflight(aws, bucket, "PUT", "https://a.example.com", "X-Amz-Date").status == 200
    assert preflight(aws, bucket, "PUT", "https://a.example.com", "content-type").status == 403
    assert preflight(aws, bucket, "PUT", "https://example.org").status == 403


def test_answers_and_refusals_carry_the_headers_for_the_website_only(aws: Aws, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = aws.s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    for address, status in ((url, 200), (f"{aws.url}/{bucket}/key", 403)):
        answer = send("GET", address, headers={"Origin": WEBSITE})
        assert (answer.status, allowed(answer)["allow-origin"]) == (status, WEBSITE)
        assert allowed(send("GET", address, headers={"Origin": "http://evil.test"})) == {}
        assert allowed(send("GET", address)) == {}
