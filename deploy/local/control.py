"""What tests and tools may ask of the stand-ins, under `/_standin/`; nothing of it exists on AWS."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from deploy.local.cognito import api
from deploy.local.cognito.pool import Pool

if TYPE_CHECKING:
    from deploy.local.s3.application import S3Application


def control(request: Request, *, region: str, s3: "S3Application") -> Response:
    """
    GET  health
    GET  code?username=…              {"code": the last one sent and not used}, 404 without one
    GET  totp?username=…              {"code": of the user's authenticator app}, 404 before it is enrolled
    POST expire-code?username=…       its codes have run out
    POST tokens?username=…            {"IdToken", "AccessToken", "RefreshToken"} without a password

    These search all pools, or the one of &pool=…; tokens are for the first client of the pool, or &client=….
    POST sign?pool=…&use=id|access    {"token": the JSON body's "claims" signed by the pool's key, "headers" added}
    POST list-bucket?bucket=…&allowed=true|false    whether s3:ListBucket is granted
    """
    name = request.path.removeprefix("/_standin/")
    backend = api.backend(region)
    if (request.method, name) == ("GET", "health"):
        return _json({"status": "ok"})
    if (request.method, name) == ("POST", "list-bucket"):
        change = (
            s3.without_list_permission.discard if request.args["allowed"] == "true" else s3.without_list_permission.add
        )
        change(request.args["bucket"])
        return _json({})
    if (request.method, name) == ("POST", "sign"):
        return _sign(request, backend.user_pools.get(request.args["pool"]))
    found = _find_user(request.args, region)
    if found is None:
        return _json({"message": "User does not exist."}, 404)
    pool, username = found
    if (request.method, name) == ("GET", "code"):
        code = backend.codes.last(username)
        return _json({"code": code}, 200 if code else 404)
    if (request.method, name) == ("GET", "totp"):
        authenticator = backend.authenticator(pool.users[username])
        return _json({"code": authenticator.next_code()}) if authenticator else _json({}, 404)
    if (request.method, name) == ("POST", "expire-code"):
        backend.codes.expire(username)
        return _json({})
    if (request.method, name) == ("POST", "tokens"):
        app_client = pool.clients[request.args.get("client") or next(iter(pool.clients))]
        return _json(backend._log_user_in(pool, app_client, username)["AuthenticationResult"])
    return _json({"message": "There is no such control address."}, 404)


def _find_user(wanted: Mapping[str, str], region: str) -> tuple[Pool, str] | None:
    for pool in api.backend(region).user_pools.values():
        user = pool.find_user(wanted.get("username", "")) if isinstance(pool, Pool) else None
        if isinstance(pool, Pool) and user is not None and wanted.get("pool") in (None, pool.id):
            return pool, user.username
    return None


def _sign(request: Request, pool: object) -> Response:
    if not isinstance(pool, Pool):
        return _json({"message": "There is no such pool."}, 404)
    wanted = request.get_json()
    key = pool.keys[request.args.get("use", "id")]
    return _json({"token": key.sign(wanted["claims"], wanted.get("headers"))})


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")
