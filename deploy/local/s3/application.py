"""What stands in front of moto's S3."""

import secrets
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeBucket, s3_backends
from werkzeug.wrappers import Request, Response

from deploy.local import sigv4
from deploy.local.s3 import cors, upload
from deploy.local.sigv4 import Refused

# A request that one of these marks is an operation of the API, not a form.
_API_POSTS = {"delete", "uploads", "uploadId", "restore", "select"}


class S3Application:
    def __init__(self, moto: Callable[[dict[str, Any], Any], Any], region: str) -> None:
        self._moto = moto
        self._region = region
        self.without_list_permission: set[str] = set()
        """Buckets where s3:ListBucket is denied, so that S3 hides whether an object exists: 403 in place of 404."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        bucket = find_bucket(request)
        try:
            answer = self._answer(request, bucket)
        except Refused as refused:
            answer = _error(request, refused)
        cors.add_headers(request, answer, bucket)
        return answer(environ, start_response)

    def _answer(self, request: Request, bucket: FakeBucket | None) -> Response:
        if request.method == "OPTIONS":
            return cors.preflight(request, bucket)
        if (
            request.method == "POST"
            and not _API_POSTS.intersection(request.args)
            and not request.headers.get("Authorization")
        ):
            return self._upload(request, bucket)
        if sigv4.is_presigned(request):
            sigv4.check_query(request, region=self._region)
        else:
            sigv4.check_headers(request, region=self._region, service="s3", body=request.get_data())
        answer = Response.from_app(self._moto, sigv4.with_body(request), buffered=True)
        if answer.status_code == 404 and self._hides_missing(request, bucket):
            raise Refused("AccessDenied", "Access Denied")
        return answer

    def _hides_missing(self, request: Request, bucket: FakeBucket | None) -> bool:
        names_an_object = "/" in request.path.strip("/")
        return bucket is not None and bucket.name in self.without_list_permission and names_an_object

    def _upload(self, request: Request, bucket: FakeBucket | None) -> Response:
        if bucket is None:
            raise Refused("NoSuchBucket", "The specified bucket does not exist", 404)
        form = upload.read_form(request)
        upload.check(form, bucket=bucket.name, region=self._region)
        stored = Response.from_app(self._moto, upload.as_put(request, form, bucket=bucket.name), buffered=True)
        return upload.answer(request, form, stored, bucket=bucket.name)


def find_bucket(request: Request) -> FakeBucket | None:
    name = request.path.strip("/").partition("/")[0]
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(name)


def _error(request: Request, refused: Refused) -> Response:
    request_id = secrets.token_hex(8).upper()
    fields = {
        "Code": refused.code,
        "Message": refused.message,
        **refused.details,
        "RequestId": request_id,
        "HostId": "local",
    }
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    answer = Response("" if request.method == "HEAD" else body, refused.status, content_type="application/xml")
    answer.headers["x-amz-request-id"] = request_id
    return answer
