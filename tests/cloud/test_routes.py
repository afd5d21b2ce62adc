"""One list of routes, four times: URLconf, OpenAPI, API Gateway, load balancer."""

import re
from typing import Any

import pytest
from django.urls import get_resolver

from tests.clients import Api
from tests.cloud.api import HttpApi
from tests.cloud.balancer import Balancer
from tests.cloud.deployment import Deployment
from tests.cloud.templates import parameters
from tests.operations import admin_routes, served_operations
from tests.support.test_pages import path_of
from todoproject import urls

ROLES = ("todos", "files")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_KEYS = {"customer": "c", "todo": "c~t", "file": "c~t~f", "event": "c~e"}
ADMIN_PATHS = sorted({path_of(route, _KEYS) for route in admin_routes()} | {"/admin/static/admin/css/base.css"})


def _served(role: str) -> set[tuple[str, str]]:
    """Method and path of what a process of this role serves; the admin is no operation of the API."""
    found = served_operations(urls.routes_of(role))
    return {(method, _shape(f"/{route}")) for method, route in found if not route.startswith("admin/")}


def _shape(path: str) -> str:
    """The path without the names of its variables: Django has its own for them."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def _open(role: str) -> set[tuple[str, str]]:
    return {("GET", f"/{role}/schema"), ("GET", f"/{role}/docs")}


def _is_admin(path: str) -> bool:
    return path.startswith("/admin")


@pytest.mark.parametrize("role", ROLES)
def test_the_schema_describes_what_a_role_serves(role: str) -> None:
    document: dict[str, Any] = Api(None).get(f"/{role}/schema").json()
    described = {(method.upper(), _shape(path)) for path, each in document["paths"].items() for method in each}
    assert described == _served(role) - _open(role)


def test_api_gateway_has_the_routes_of_both_roles_and_no_other(deployment: Deployment) -> None:
    routes = {
        (route.method, _shape(route.path)) for route in HttpApi.of(deployment).routes if not _is_admin(route.path)
    }
    assert routes == _served("todos") | _served("files")


def test_only_schemas_documentation_and_the_admin_need_no_token(deployment: Deployment) -> None:
    open_ = {(route.method, route.path) for route in HttpApi.of(deployment).routes if route.authorizer is None}
    assert {each for each in open_ if not _is_admin(each[1])} == _open("todos") | _open("files")


def test_the_authorizer_takes_tokens_of_the_customers_pool_and_of_the_website(deployment: Deployment) -> None:
    (authorizer,) = {route.authorizer for route in HttpApi.of(deployment).routes if route.authorizer}
    pool = deployment["auth.UserPool"].physical_id
    assert authorizer.issuer == f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}"
    assert (authorizer.header, authorizer.audience) == (
        "Authorization",
        (deployment["auth.WebsiteClient"].physical_id,),
    )


def test_every_route_goes_through_the_vpc_link_to_the_listener(deployment: Deployment) -> None:
    (link,) = deployment.of_type("AWS::ApiGatewayV2::VpcLink")
    for route in HttpApi.of(deployment).routes:
        assert route.integration["requestParameters"] == {
            "overwrite:header.x-client-ip": "$context.identity.sourceIp",
            "overwrite:header.x-request-id": "$context.requestId",
            "overwrite:header.x-client-proto": "https",
        }, route
        told = {
            name: value
            for name, value in route.integration.items()
            if name not in ("requestParameters", "timeoutInMillis")
        }
        assert told == {
            "type": "http_proxy",
            "httpMethod": "ANY",
            "payloadFormatVersion": "1.0",
            "connectionType": "VPC_LINK",
            "connectionId": link.physical_id,
            "uri": deployment["cluster.Listener"].physical_id,
        }, route


@pytest.mark.parametrize("role", ROLES)
def test_the_load_balancer_sends_each_route_to_the_role_that_serves_it(deployment: Deployment, role: str) -> None:
    balancer = Balancer.of(deployment)
    for _, path in _served(role):
        container = balancer.container(path.replace("{}", "me"))
        assert container, path
        assert (container.name, container.variables["SERVICE_ROLE"]) == (role, role), path


def test_the_load_balancer_sends_the_admin_to_todos_and_the_rest_nowhere(deployment: Deployment) -> None:
    balancer = Balancer.of(deployment)
    for path in ADMIN_PATHS:
        container = balancer.container(path)
        assert container, path
        assert container.name == "todos", path
    for path in ("/", "/healthz", "/me", "/favicon.ico", "/TODOS", "/x/Files"):
        assert balancer.container(path) is None, path
    (otherwise,) = deployment["cluster.Listener"].properties["DefaultActions"]
    assert (otherwise["Type"], otherwise["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "404")


def closed_api() -> HttpApi:
    """Of a stage that does not open the admin."""
    return HttpApi.of(Deployment("staging", changed={"api": {"AdminAccess": "none"}}))


def test_no_page_of_the_admin_is_reached_where_it_is_closed() -> None:
    api = closed_api()
    assert [(method, path) for method in METHODS for path in ADMIN_PATHS if api.route(method, path)] == []


def test_a_stage_opens_the_admin_only_where_its_file_says_so(deployment: Deployment) -> None:
    """And then to reading and posting alone: its forms do nothing else."""
    told = parameters(deployment.stage, "api").get("AdminAccess", "none")
    opened = {(route.method, route.path) for route in HttpApi.of(deployment).routes if _is_admin(route.path)}
    paths = ("/admin", "/admin/{proxy+}", "/admin/todos", "/admin/todos/todo", "/admin/files/file")
    both = {(method, path) for method in ("GET", "POST") for path in paths}
    assert opened == (both if told == "open" else set())


def test_no_page_of_an_open_admin_needs_a_customer_s_token_whatever_a_slash_at_the_end_means() -> None:
    api = HttpApi.of(Deployment("staging", changed={"api": {"AdminAccess": "open"}}))
    for path in ADMIN_PATHS:
        for method in ("GET", "POST"):
            for asked in (path, path.rstrip("/")):
                route = api.route(method, asked)
                assert route, (method, asked)
                assert route.authorizer is None, (method, asked)


def test_no_two_rules_have_one_priority(deployment: Deployment) -> None:
    priorities = [
        each.properties["Priority"] for each in deployment.of_type("AWS::ElasticLoadBalancingV2::ListenerRule")
    ]
    assert sorted(map(int, priorities)) == [1, 2]


def test_each_role_serves_its_own_routes() -> None:
    """What the tests above take for granted: the process of both roles serves them together."""
    both = {(method, _shape(f"/{route}")) for method, route in served_operations(get_resolver().url_patterns)}
    assert {each for each in both if not _is_admin(each[1])} == _served("todos") | _served("files")
