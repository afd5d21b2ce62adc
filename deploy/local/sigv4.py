"""The service's side of Signature Version 4: who signed a request, and whether it still holds.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""

import hashlib
import hmac
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote_plus, unquote_to_bytes

from werkzeug.wrappers import Request

from deploy.local.standins import ACCESS_KEY_ID, SECRET_ACCESS_KEY

ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)
_WEEK = 7 * 86400
_AUTHORIZATION = re.compile(
    ALGORITHM
    + r" +Credential=(?P<credential>[^, ]+), *SignedHeaders=(?P<headers>[^, ]+), *Signature=(?P<signature>\S+)"
)
_QUERY_FIELDS = ("Algorithm", "Credential", "Signature", "Date", "SignedHeaders", "Expires")
# The names that the same refusals have in AWS's JSON services.
_JSON_CODES = {
    "AccessDenied": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidAccessKeyId": "UnrecognizedClientException",
    "RequestTimeTooSkewed": "InvalidSignatureException",
}


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 403, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details

    @property
    def code_for_json(self) -> str:
        return _JSON_CODES.get(self.code, "IncompleteSignatureException")


@dataclass(frozen=True)
class Scope:
    """The part of a credential behind the access key: a key made for one day, region and service."""

    access_key_id: str
    date: str
    region: str
    service: str

    @classmethod
    def parse(cls, credential: str, *, code: str, status: int = 400) -> "Scope":
        parts = credential.split("/")
        if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}", parts[1]):
            sentence = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
            raise Refused(code, sentence, status)
        return cls(*parts[:4])

    def check(self, *, region: str, service: str, code: str, day: str) -> None:
        if self.access_key_id != ACCESS_KEY_ID:
            sentence = "The AWS Access Key Id you provided does not exist in our records."
            raise Refused("InvalidAccessKeyId", sentence, AWSAccessKeyId=self.access_key_id)
        if self.region != region:
            raise Refused(code, f"the region '{self.region}' is wrong; expecting '{region}'", 400, Region=region)
        if self.service != service:
            raise Refused(code, f'incorrect service "{self.service}". This endpoint belongs to "{service}".', 400)
        if self.date != day:
            raise Refused(code, f"Invalid credential date {self.date}. It is not the date of X-Amz-Date: {day}.", 400)

    def sign(self, text: str) -> str:
        key = ("AWS4" + SECRET_ACCESS_KEY).encode()
        for part in (self.date, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def check_headers(request: Request, *, region: str, service: str, body: bytes) -> None:
    """Raises Refused unless the Authorization header signs this very request, now."""
    given = request.headers.get("Authorization")
    if not given:
        raise Refused("AccessDenied", "Access Denied")
    parsed = _AUTHORIZATION.fullmatch(given)
    if parsed is None:
        if given.startswith("AWS "):
            raise _version_2()
        raise Refused("AuthorizationHeaderMalformed", "The authorization header is malformed.", 400)
    scope = Scope.parse(parsed["credential"], code="AuthorizationHeaderMalformed")
    moment = _moment(request.headers.get("X-Amz-Date", ""))
    scope.check(region=region, service=service, code="AuthorizationHeaderMalformed", day=f"{moment:%Y%m%d}")
    if abs(datetime.now(UTC) - moment) > _SKEW:
        sentence = "The difference between the request time and the current time is too large."
        raise Refused("RequestTimeTooSkewed", sentence, RequestTime=_iso(moment), ServerTime=_iso(datetime.now(UTC)))
    payload = request.headers.get("X-Amz-Content-Sha256") if service == "s3" else hashlib.sha256(body).hexdigest()
    if payload is None:
        raise Refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
    signed = parsed["headers"].split(";")
    _check_signed_headers(request, signed)
    query = _pairs(request)
    _compare(request, scope, moment, signed=signed, query=query, payload=payload, signature=parsed["signature"])
    if re.fullmatch(r"[0-9a-f]{64}", payload) and payload != hashlib.sha256(body).hexdigest():
        sentence = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Refused("XAmzContentSHA256Mismatch", sentence, 400)


def is_presigned(request: Request) -> bool:
    return any(f"X-Amz-{name}" in request.args for name in _QUERY_FIELDS) or "Signature" in request.args


def check_query(request: Request, *, region: str) -> None:
    """Raises Refused unless the address carries a signature for this very request that has not run out."""
    code = "AuthorizationQueryParametersError"
    fields = {name: request.args.get(f"X-Amz-{name}", "") for name in _QUERY_FIELDS}
    if "Authorization" in request.headers:
        raise Refused("InvalidArgument", "Only one auth mechanism allowed", 400)
    if not any(fields.values()):
        raise _version_2()
    if not all(fields.values()):
        names = ", ".join(f"X-Amz-{name}" for name in _QUERY_FIELDS)
        raise Refused(code, f"Query-string authentication version 4 requires the {names} parameters.", 400)
    if fields["Algorithm"] != ALGORITHM:
        raise Refused(code, f'X-Amz-Algorithm only supports "{ALGORITHM}"', 400)
    scope = Scope.parse(fields["Credential"], code=code)
    moment = _moment(fields["Date"], code=code)
    scope.check(region=region, service="s3", code=code, day=f"{moment:%Y%m%d}")
    _check_lifetime(moment, fields["Expires"])
    signed = fields["SignedHeaders"].split(";")
    _check_signed_headers(request, signed)
    query = [pair for pair in _pairs(request) if pair[0] != "X-Amz-Signature"]
    payload = request.headers.get("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
    _compare(request, scope, moment, signed=signed, query=query, payload=payload, signature=fields["Signature"])


def _check_lifetime(moment: datetime, expires: str) -> None:
    code, now = "AuthorizationQueryParametersError", datetime.now(UTC)
    if not re.fullmatch(r"-?\d{1,9}", expires):
        raise Refused(code, "X-Amz-Expires should be a number", 400)
    if int(expires) < 0:
        raise Refused(code, "X-Amz-Expires must be non-negative", 400)
    if int(expires) > _WEEK:
        raise Refused(
            code,
            "X-Amz-Expires must be less than a week (in seconds); "
            "that is, the given X-Amz-Expires must be less than 604800 seconds",
            400,
        )
    if moment - now > _SKEW:
        raise Refused("AccessDenied", "Request is not valid yet", ServerTime=_iso(now))
    until = moment + timedelta(seconds=int(expires))
    if until < now:
        details: dict[str, Any] = {"X-Amz-Expires": expires, "Expires": _iso(until), "ServerTime": _iso(now)}
        raise Refused("AccessDenied", "Request has expired", 403, **details)


def _check_signed_headers(request: Request, signed: list[str]) -> None:
    """A header that changes what S3 does must be under the signature, or whoever has the address could add it."""
    unsigned = [name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-")]
    unsigned = [name for name in unsigned if name not in signed and name != "x-amz-content-sha256"]
    if "host" not in signed or unsigned:
        sentence = "There were headers present in the request which were not signed"
        raise Refused("AccessDenied", sentence, HeadersNotSigned=", ".join(unsigned or ["host"]))


def _compare(
    request: Request,
    scope: Scope,
    moment: datetime,
    *,
    signed: list[str],
    query: list[tuple[str, str]],
    payload: str,
    signature: str,
) -> None:
    raw_path = request.environ["REQUEST_URI"].partition("?")[0]
    canonical = "\n".join(
        [
            request.method,
            quote(unquote_to_bytes(raw_path), safe="/~"),
            "&".join(f"{name}={value}" for name, value in sorted((_quote(n), _quote(v)) for n, v in query)),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed),
            "",
            ";".join(signed),
            payload,
        ]
    )
    scope_text = f"{scope.date}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{moment:%Y%m%dT%H%M%SZ}\n{scope_text}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    if not hmac.compare_digest(scope.sign(to_sign).encode(), signature.encode()):
        raise mismatch(scope, signature, StringToSign=to_sign, CanonicalRequest=canonical)


def mismatch(scope: Scope, signature: str, **details: str) -> Refused:
    return Refused(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        AWSAccessKeyId=scope.access_key_id,
        SignatureProvided=signature,
        **dict[str, Any](details),
    )


def with_body(request: Request) -> dict[str, Any]:
    """The request for another application, its body read before and put back."""
    body = request.get_data()
    environ = {name: value for name, value in request.environ.items() if not name.startswith("werkzeug.")}
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _pairs(request: Request) -> list[tuple[str, str]]:
    raw = request.environ["REQUEST_URI"].partition("?")[2]
    split = (part.partition("=") for part in raw.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in split]


def _quote(text: str) -> str:
    return quote(text, safe="~")


def _moment(text: str, *, code: str = "AccessDenied") -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        if code == "AccessDenied":
            raise Refused(code, "AWS authentication requires a valid Date or x-amz-date header") from None
        raise Refused(code, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", 400) from None


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _version_2() -> Refused:
    # Regions opened since 2014 never knew Version 2, and it must not come back by accident.
    sentence = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    return Refused("InvalidRequest", sentence, 400)
