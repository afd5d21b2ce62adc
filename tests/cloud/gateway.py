"""A small API Gateway with VPC link and load balancer behind it, told what to do by the created stacks.

What it does is what AWS documents of HTTP APIs: the most specific route; a JWT authorizer that checks issuer, audience
and time; header parameters; CORS answered by the gateway itself and put on its refusals; `{"message": …}` as its own
errors. The load balancer adds its X-Forwarded-* headers to those that a client sent.
"""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import jwt

from tests.cloud.api import Authorizer, HttpApi, Route
from tests.cloud.balancer import Balancer

_MAX_BODY = 10 * 1024**2
_MAX_HEADERS = 10 * 1024
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "server", "date"}
_CLIENT = "203.0.113.7"
"""Where requests seem to come from."""


class Reached(NamedTuple):
    container: str
    method: str
    target: str
    headers: dict[str, str]


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


def _message(status: int, text: str) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps({"message": text}).encode())


class Gateway:
    """`ports` are those of the containers, by name."""

    def __init__(self, api: HttpApi, balancer: Balancer, *, ports: Mapping[str, int]) -> None:
        self._api = api
        self._balancer = balancer
        self._ports = ports
        issuers = {route.authorizer.issuer for route in api.routes if route.authorizer}
        self._keys = {issuer: jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json") for issuer in issuers}
        self.reached: list[Reached] = []
        """What came through, in order."""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "OPTIONS" and self._api.cors and "Origin" in headers:
            return Answer(204, self._cors(headers, preflight=True))
        answer = self._answer(method, target, headers, body)
        # The gateway's headers take the place of those of the service, where it answers browsers at all.
        kept = [
            each for each in answer.headers if not (self._api.cors and each[0].lower().startswith("access-control-"))
        ]
        return answer._replace(headers=kept + self._cors(headers))

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if sum(len(name) + len(value) for name, value in headers.items()) > _MAX_HEADERS:
            return _message(431, "Request Header Fields Too Large")
        if len(body) > _MAX_BODY:
            return _message(413, "Request Entity Too Large")
        path = target.partition("?")[0]
        route = self._api.route(method, path)
        if route is None:
            return _message(404, "Not Found")
        if route.authorizer and not self._admits(route.authorizer, headers):
            return _message(401, "Unauthorized")
        return self._forwarded(method, target, _with_parameters(route, headers), body)

    def _admits(self, authorizer: Authorizer, headers: Mapping[str, str]) -> bool:
        token = headers.get(authorizer.header, "").removeprefix("Bearer ")
        try:
            key = self._keys[authorizer.issuer].get_signing_key_from_jwt(token).key
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=authorizer.issuer,
                options={"verify_aud": False, "require": ["exp"]},
            )
        except jwt.PyJWTError:
            return False
        return claims.get("aud", claims.get("client_id")) in authorizer.audience

    def _forwarded(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        container = self._balancer.container(target.partition("?")[0])
        if container is None:
            return Answer(404, [("Content-Type", "text/plain")])
        seen = headers.get("X-Forwarded-For")
        headers |= {"X-Forwarded-For": f"{seen}, 10.0.0.9" if seen else "10.0.0.9", "X-Forwarded-Proto": "http"}
        self.reached.append(Reached(container.name, method, target, headers))
        connection = http.client.HTTPConnection("127.0.0.1", self._ports[container.name], timeout=30)
        try:
            connection.request(method, target, body or None, {**headers, "Host": "internal-todo.elb.amazonaws.com"})
            given = connection.getresponse()
            kept = [(name, value) for name, value in given.getheaders() if name.lower() not in _HOP_BY_HOP]
            return Answer(given.status, kept, given.read())
        finally:
            connection.close()

    def _cors(self, headers: Mapping[str, str], *, preflight: bool = False) -> list[tuple[str, str]]:
        told, origin = self._api.cors, headers.get("Origin")
        if not told or not {origin, "*"} & set(told["allowOrigins"]):
            return []
        given = {
            "Access-Control-Allow-Origin": origin or "",
            "Access-Control-Expose-Headers": ",".join(told["exposeHeaders"]),
        }
        if preflight:
            given |= {
                "Access-Control-Allow-Methods": ",".join(told["allowMethods"]),
                "Access-Control-Allow-Headers": ",".join(told["allowHeaders"]),
                "Access-Control-Max-Age": str(told["maxAge"]),
            }
        return list(given.items())


def _with_parameters(route: Route, headers: Mapping[str, str]) -> dict[str, str]:
    """What the integration's parameters make of the client's headers."""
    changed = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | {"content-length"}}
    context = {"$context.identity.sourceIp": _CLIENT, "$context.requestId": "gateway-1"}
    for parameter, value in route.integration.get("requestParameters", {}).items():
        action, _, name = parameter.partition(":header.")
        assert action in ("overwrite", "append", "remove"), parameter
        replaced = [each for each in changed if each.lower() == name.lower()]
        for each in replaced if action != "append" else ():
            del changed[each]
        if action != "remove":
            assert not value.startswith("$") or value in context, f"unknown here: {value}"
            changed[name] = context.get(value, value)
    return changed


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Gateway

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.gateway.answer(self.command, self.path, dict(self.headers.items()), body)
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = _serve

    def log_message(self, *_: Any) -> None:
        """Nothing: a test says what it expected."""


@contextmanager
def listening(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, while the block lasts."""
    handler = type("Handler", (_Handler,), {"gateway": gateway})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
