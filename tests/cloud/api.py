"""What API Gateway is told by the created stacks: its routes, whom they admit, where they lead."""

import re
from dataclasses import dataclass
from typing import Any

from tests.cloud.deployment import Deployment

_METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "x-amazon-apigateway-any-method"}


@dataclass(frozen=True)
class Authorizer:
    """Takes tokens of this issuer for one of the clients in `audience`, from the header `header`."""

    issuer: str
    audience: tuple[str, ...]
    header: str


@dataclass(frozen=True)
class Route:
    """`path` as API Gateway writes it: `{name}` takes one segment, `{name+}` all that follow, even none."""

    method: str
    path: str
    authorizer: Authorizer | None
    integration: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def rank(self) -> tuple[bool, list[bool], bool]:
        """The lowest of those that match is taken: a full match before a greedy one, a text before a variable, a
        method before ANY."""
        return self.path.endswith("+}"), ["{" in part for part in self.path.split("/")], self.method == "ANY"

    def matches(self, method: str, path: str) -> bool:
        parts = [".*" if "+}" in part else "[^/]+" if "{" in part else re.escape(part) for part in self.path.split("/")]
        return self.method in (method, "ANY") and re.fullmatch("/".join(parts), path) is not None


@dataclass(frozen=True)
class HttpApi:
    routes: list[Route]
    cors: dict[str, Any]

    @classmethod
    def of(cls, deployment: Deployment) -> "HttpApi":
        """Raises KeyError where an operation names what the document does not define."""
        (api,) = deployment.of_type("AWS::ApiGatewayV2::Api")
        document = api.properties["Body"]
        authorizers = {
            name: _authorizer(each) for name, each in document["components"].get("securitySchemes", {}).items()
        }
        routes = [
            Route(
                "ANY" if method.startswith("x-") else method.upper(),
                path,
                next((authorizers[name] for each in operation.get("security", []) for name in each), None),
                _followed(document, operation["x-amazon-apigateway-integration"]),
            )
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in _METHODS
        ]
        return cls(routes, document.get("x-amazon-apigateway-cors") or api.properties.get("CorsConfiguration") or {})

    def route(self, method: str, path: str) -> Route | None:
        return min(
            (each for each in self.routes if each.matches(method, path)), key=lambda each: each.rank, default=None
        )


def _authorizer(scheme: dict[str, Any]) -> Authorizer:
    told = scheme["x-amazon-apigateway-authorizer"]
    assert told["type"] == "jwt"
    source = re.fullmatch(r"\$request\.header\.([A-Za-z-]+)", told["identitySource"])
    assert source
    configuration = told["jwtConfiguration"]
    return Authorizer(configuration["issuer"], tuple(configuration["audience"]), source[1])


def _followed(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for part in node["$ref"].removeprefix("#/").split("/") if "$ref" in node else ():
        document = document[part]
    return document if "$ref" in node else node
