from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from todoproject.api.errors import problem_response
from todoproject.api.problems import Problem

_BODY = {"info": "Nothing here. Health checks only!"}


class MethodNotAllowed(Problem):
    status = 405
    detail = "There are only health checks here: GET or HEAD."


def answer_health_checks(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer `/` and `/healthz` before anything looks at the host or the token.

    Shallow on purpose: ECS replaces what the load balancer calls unhealthy, so a check that asked DynamoDB
    would restart the whole fleet whenever DynamoDB has a bad minute.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info not in ("/", "/healthz"):
            return get_response(request)
        if request.method in ("GET", "HEAD"):
            return JsonResponse(_BODY)
        response = problem_response(request, MethodNotAllowed())
        response.headers["Allow"] = "GET, HEAD"
        return response

    return middleware
