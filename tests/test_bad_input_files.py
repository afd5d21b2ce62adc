"""The announcement of a file: its name goes into a header, its type is what S3 will say it is, its size is a limit."""

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings

from tests.problems import INVALID, assert_problem
from tests.target import Target

_CONTROLS = "Must not hold slashes, line breaks or control characters."
_NO_NAME = "Must be a name."


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.create()


def _start(target: Target, **fields: Any) -> dict[str, Any]:
    response = target.send("upload", {"fileName": "list.txt", "size": 1} | fields)
    assert response.status_code == 201, response.content
    started: dict[str, Any] = response.json()
    return started


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("", "This field may not be blank."),
        *((name, _NO_NAME) for name in (" ", ".", "..", "\u200b", "\ufeff\u200d", "\u2028", "\x85")),
        *(
            (name, _CONTROLS)
            for name in ("a/b", "/etc/passwd", "..\\..\\x", "a\nb", "a\rb", "a\tb", "a\x1bb", "a\x7fb")
        ),
        *((name, _CONTROLS) for name in ("a\r\nX-Evil: 1", "a\u2028b", "invoice\u202efdp.exe", "a\u2066b", "a\0b")),
        ("x" * 256, "Ensure this field has no more than 255 characters."),
    ],
)
def test_a_name_that_could_mislead_is_refused(target: Target, name: str, detail: str) -> None:
    with target.unchanged():
        response = target.send("upload", {"fileName": name, "size": 1})
    assert_problem(response, 400, "invalid", INVALID, fileName=detail)


@pytest.mark.parametrize(
    "name",
    [
        "form.pdf",
        "🧾 receipt.pdf",
        "👩‍👧.png",
        'say "hi".txt',
        "a;b=c, d.txt",
        "%2e%2e%2f",
        "e\u0301té.txt",
        "חשבון.pdf",
        "x" * 255,
        "漢" * 200,
        " spaces ",
        ".hidden",
        "...",
    ],
)
def test_any_other_name_comes_back_and_is_what_the_file_is_saved_as(target: Target, name: str) -> None:
    started = _start(target, fileName=name)
    assert started["file"]["fileName"] == name
    header = started["upload"]["fields"]["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    quoted = re.fullmatch(r'attachment; filename="(.*)"', header)
    encoded = re.fullmatch(r"attachment; filename\*=utf-8''(.*)", header)
    assert quoted or encoded, header
    assert name == (re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else encoded and unquote(encoded[1]))
    assert name not in started["upload"]["fields"]["key"]


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "text/xml"),
        *("application/javascript", "text/javascript", "application/ecmascript", "application/wasm", "text/css"),
        *("multipart/x-mixed-replace", "message/rfc822", "application/mathml+xml", "text/xsl", "", "  "),
        *("application/x-shockwave-flash", "application/java-archive", "application/vnd.mozilla.xul+xml"),
    ],
)
def test_what_a_browser_would_run_is_stored_as_plain_bytes(target: Target, content_type: str) -> None:
    started = _start(target, contentType=content_type)
    assert started["file"]["contentType"] == "application/octet-stream"
    assert started["upload"]["fields"]["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("application/pdf", "application/pdf"),
        ("Image/PNG", "image/png"),
        (" text/plain ; charset=utf-8", "text/plain"),
        ('text/plain; name="a;b\\"\r\nX: y"', "text/plain"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",) * 2,
    ],
)
def test_a_type_is_stored_in_lower_case_without_its_parameters(target: Target, given: str, stored: str) -> None:
    started = _start(target, contentType=given)
    assert started["file"]["contentType"] == started["upload"]["fields"]["Content-Type"] == stored


def test_a_type_left_out_is_plain_bytes(target: Target) -> None:
    assert _start(target)["file"]["contentType"] == "application/octet-stream"


@pytest.mark.parametrize(
    "content_type",
    [
        "junk",
        "/",
        "text/",
        "/plain",
        "a/b/c",
        "text plain",
        "text/pl ain",
        "text/plain\r\nX: y",
        "é/é",
        "*/*",
        "a" * 65 + "/b",
    ],
)
def test_what_is_no_type_is_refused(target: Target, content_type: str) -> None:
    with target.unchanged():
        response = target.send("upload", {"fileName": "a", "size": 1, "contentType": content_type})
    assert_problem(response, 400, "invalid", INVALID, contentType="Must be a media type such as image/png.")


@pytest.mark.parametrize("size", ["1.5", "12.5e-1", "true", "null", '"1"', "[]", "{}", "NaN", "Infinity", "1e400"])
def test_a_size_is_a_whole_number(target: Target, size: str) -> None:
    with target.unchanged():
        response = target.send("upload", target.body("upload", size=size))
    assert_problem(response, 400, "invalid", INVALID, size="Must be a whole number.")


def test_a_size_below_zero_is_refused(target: Target) -> None:
    with target.unchanged():
        response = target.send("upload", target.body("upload", size="-1"))
    assert_problem(response, 400, "invalid", INVALID, size="Ensure this value is greater than or equal to 0.")


@pytest.mark.parametrize("size", [str(2**53 + 1), str(2**63), "1" + "0" * 4000, "1e300"])
def test_a_size_that_no_file_has_is_too_large(target: Target, size: str) -> None:
    with target.unchanged():
        assert target.send("upload", target.body("upload", size=size)).status_code == 413


def test_a_name_that_s3_could_not_keep_is_refused(target: Target) -> None:
    with target.unchanged():
        response = target.send("upload", {"fileName": "漢" * 201, "size": 1})
    assert_problem(response, 400, "invalid", INVALID, fileName="Must be at most 600 bytes in UTF-8.")


@pytest.mark.parametrize(("size", "meant"), [("1.0", 1), ("1e2", 100), ("-0", 0), ("-0.0", 0)])
def test_a_whole_number_may_be_spelt_in_any_way_of_json(target: Target, size: str, meant: int) -> None:
    response = target.send("upload", target.body("upload", size=size))
    assert (response.status_code, response.json()["file"]["size"]) == (201, meant)
    assert isinstance(response.json()["file"]["size"], int)


def test_the_limit_itself_is_taken_and_a_byte_more_is_413(target: Target) -> None:
    limit = settings.MAX_FILE_BYTES
    assert _start(target, size=limit)["file"]["size"] == limit
    assert _start(target, size=0)["file"]["size"] == 0
    for size in (limit + 1, 2**53):
        with target.unchanged():
            response = target.send("upload", json.dumps({"fileName": "a", "size": size}))
        assert_problem(response, 413, "too-large", f"The file is larger than the limit of {limit} bytes.")
