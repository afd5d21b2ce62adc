"""Browser uploads by a form: reading it, its policy, and what S3 answers.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData
from werkzeug.wrappers import Request, Response

from deploy.local.s3.policy import check_policy, missing_field
from deploy.local.sigv4 import Refused

# Headers of the object that the form may set, besides x-amz-meta-*.
_OBJECT_HEADERS = ("cache-control", "content-type", "content-disposition", "content-encoding", "expires")


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    """By lower-case name, as S3 compares them; only those in front of the file."""
    file: bytes | None = None
    file_name: str = ""


def read_form(request: Request) -> Form:
    """Raises Refused for what is no form with one file."""
    if request.mimetype != "multipart/form-data":
        raise Refused(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
            Condition="Bucket POST must be of the enclosure-type multipart/form-data",
        )
    malformed = Refused(
        "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", 400
    )
    # Read to the end whatever comes of it: a browser that is cut off while sending sees no answer.
    body = request.get_data(cache=False)
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary:
        raise malformed
    try:
        form = _decode(body, boundary.encode("latin-1"))
    except (ValueError, RequestEntityTooLarge):
        raise malformed from None
    if form.file is None:
        sentence = "POST requires exactly one file upload per request."
        raise Refused("InvalidArgument", sentence, 400, ArgumentName="file", ArgumentValue=0)
    if not form.fields.get("key"):
        raise missing_field("key")
    form.fields["key"] = form.fields["key"].replace("${filename}", form.file_name)
    return form


def _decode(body: bytes, boundary: bytes) -> Form:
    """Raises ValueError. Fields behind the file are ignored, as S3 ignores them."""
    form, decoder = Form(), MultipartDecoder(boundary)
    name, content, is_file = "", io.BytesIO(), False
    decoder.receive_data(body)
    decoder.receive_data(None)
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            name, content = event.name.lower(), io.BytesIO()
            is_file = isinstance(event, File) or name == "file"
            if isinstance(event, File):
                form.file_name = event.filename.replace("\\", "/").rpartition("/")[2]
        elif isinstance(event, Data):
            content.write(event.data)
            if event.more_data or form.file is not None:
                continue
            if is_file:
                form.file = content.getvalue()
            else:
                form.fields[name] = content.getvalue().decode("utf-8")
    return form


def check(form: Form, *, bucket: str, region: str) -> None:
    """Raises Refused unless the form carries a signed policy that allows it."""
    check_policy(form.fields, size=len(form.file or b""), bucket=bucket, region=region)


def as_put(request: Request, form: Form, *, bucket: str) -> dict[str, Any]:
    """The upload as a call that moto knows, so that one path stores every object."""
    content = form.file or b""
    kept = {name: value for name, value in request.environ.items() if not name.startswith(("werkzeug.", "HTTP_"))}
    for name, value in form.fields.items():
        if name in _OBJECT_HEADERS or name.startswith(("x-amz-meta-", "x-amz-storage-class", "x-amz-server-side")):
            kept["HTTP_" + name.upper().replace("-", "_")] = value
    return {
        **kept,
        "HTTP_HOST": request.host,
        # The policy has been checked. moto takes a PUT without this for an anonymous one, and refuses it where an
        # object is there already; S3 lets a form be posted again until it expires.
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=/s3/aws4_request",
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": f"/{bucket}/{form.fields['key']}".encode().decode("latin-1"),
        "REQUEST_URI": _path(bucket, form),
        "RAW_URI": _path(bucket, form),
        "QUERY_STRING": "",
        "CONTENT_TYPE": form.fields.get("content-type", "binary/octet-stream"),
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
    }


def _path(bucket: str, form: Form) -> str:
    return f"/{bucket}/{quote(form.fields['key'])}"


def answer(request: Request, form: Form, stored: Response, *, bucket: str) -> Response:
    if stored.status_code != 200:
        return stored
    etag = stored.headers["ETag"]
    location = f"{request.host_url.rstrip('/')}{_path(bucket, form)}"
    headers = {"ETag": etag, "Location": location}
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect")
    if redirect:
        query = urlencode({"bucket": bucket, "key": form.fields["key"], "etag": etag})
        return Response(
            status=303, headers={**headers, "Location": f"{redirect}{'&' if '?' in redirect else '?'}{query}"}
        )
    status = form.fields.get("success_action_status")
    if status == "201":
        inner = {"Location": location, "Bucket": bucket, "Key": form.fields["key"], "ETag": etag}
        body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in inner.items())
        xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{body}</PostResponse>'
        return Response(xml, 201, headers, content_type="application/xml")
    return Response(status=200 if status == "200" else 204, headers=headers)
