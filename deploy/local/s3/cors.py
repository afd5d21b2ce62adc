"""The bucket's CORS rules, for preflights and for what follows them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from fnmatch import fnmatchcase

from moto.s3.models import CorsRule, FakeBucket
from werkzeug.wrappers import Request, Response

from deploy.local.sigv4 import Refused

_PREFIX = "access-control-"


def preflight(request: Request, bucket: FakeBucket | None) -> Response:
    """The headers that allow it are added to every answer alike (add_headers). Raises Refused."""
    method = request.headers.get("Access-Control-Request-Method")
    if not request.headers.get("Origin") or not method:
        raise Refused("BadRequest", "Insufficient information. Origin request header needed.", 400)
    if bucket is None or not bucket.cors:
        raise Refused("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
    if _matching(request, bucket) is None:
        raise Refused(
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
            "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
            "by the resource's CORS spec.",
            Method=method,
            ResourceType="OBJECT" if "/" in request.path.strip("/") else "BUCKET",
        )
    return Response(status=200)


def add_headers(request: Request, answer: Response, bucket: FakeBucket | None) -> None:
    """What the first matching rule says, in place of anything moto said; refusals carry it too."""
    for name in [name for name, _ in answer.headers if name.lower().startswith(_PREFIX)]:
        del answer.headers[name]
    rule = _matching(request, bucket) if bucket is not None else None
    if rule is None:
        return
    origin = request.headers["Origin"]
    everybody = "*" in _listed(rule.allowed_origins)
    answer.headers["Access-Control-Allow-Origin"] = "*" if everybody else origin
    answer.headers["Access-Control-Allow-Methods"] = ", ".join(_listed(rule.allowed_methods))
    if not everybody:
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    if asked := _asked_headers(request):
        answer.headers["Access-Control-Allow-Headers"] = ", ".join(asked)
    if rule.exposed_headers:
        answer.headers["Access-Control-Expose-Headers"] = ", ".join(_listed(rule.exposed_headers))
    if rule.max_age_seconds:
        answer.headers["Access-Control-Max-Age"] = str(rule.max_age_seconds)
    answer.headers["Vary"] = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def _matching(request: Request, bucket: FakeBucket) -> CorsRule | None:
    origin = request.headers.get("Origin")
    method = request.headers.get("Access-Control-Request-Method") or request.method
    for rule in bucket.cors or [] if origin else []:
        if (
            any(fnmatchcase(origin or "", pattern) for pattern in _listed(rule.allowed_origins))
            and method in _listed(rule.allowed_methods)
            and all(_allowed(name, rule) for name in _asked_headers(request))
        ):
            return rule
    return None


def _asked_headers(request: Request) -> list[str]:
    asked = request.headers.get("Access-Control-Request-Headers", "")
    return [name.strip().lower() for name in asked.split(",") if name.strip()]


def _allowed(header: str, rule: CorsRule) -> bool:
    return any(fnmatchcase(header, pattern.lower()) for pattern in _listed(rule.allowed_headers))


def _listed(setting: list[str] | str | None) -> list[str]:
    """moto keeps a single value bare."""
    return [setting] if isinstance(setting, str) else setting or []
