"""Cognito's front: who may call what, what browsers are told, and the public keys."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from deploy.local import sigv4
from deploy.local.cognito import api
from deploy.local.cognito.pool import Pool

_TARGET = "AWSCognitoIdentityProviderService."
# Cognito lets every website call it; what it returns is for whoever knows the password.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
}


class CognitoApplication:
    def __init__(self, moto: Callable[[dict[str, Any], Any], Any], region: str) -> None:
        self._moto = moto
        self._region = region

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        answer = self._answer(request)
        answer.headers.update(_CORS)
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(request)
        if request.method == "GET":
            return self._document(request.path)
        target = request.headers.get("X-Amz-Target", "")
        operation = target.removeprefix(_TARGET)
        if not target.startswith(_TARGET) or not api.knows(operation):
            return _json({"__type": "UnknownOperationException"}, 400)
        if operation not in api.UNSIGNED:
            try:
                sigv4.check_headers(request, region=self._region, service="cognito-idp", body=request.get_data())
            except sigv4.Refused as refused:
                return _json({"__type": refused.code_for_json, "message": refused.message}, 400)
        # Read and put back, because moto's request reads the stream again.
        return Response.from_app(self._moto, sigv4.with_body(request))

    def _document(self, path: str) -> Response:
        pool_id, _, document = path.removeprefix("/").partition("/.well-known/")
        pool = api.backend(self._region).user_pools.get(pool_id)
        if not isinstance(pool, Pool):
            return _json({"message": f"User pool {pool_id} does not exist."}, 404)
        answer = _json(api.keys(pool) if document == "jwks.json" else api.configuration(pool), 200)
        answer.headers["Cache-Control"] = "public, max-age=86400"
        return answer


def _preflight(request: Request) -> Response:
    allowed = request.headers.get("Access-Control-Request-Headers", "content-type,x-amz-target")
    return Response(
        headers={
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": allowed,
            "Access-Control-Max-Age": "172800",
        }
    )


def _json(content: dict[str, Any], status: int) -> Response:
    answer = Response(json.dumps(content), status, content_type="application/json")
    if "__type" in content:
        answer.headers["x-amzn-ErrorType"] = content["__type"]
    return answer
