from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

_BODY = {"info": "Nothing here. Health checks only!"}


def answer_health_checks(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer `/` and `/healthz` before anything else looks at the request.

    Shallow on purpose: ECS replaces what the load balancer calls unhealthy, so a check that asked DynamoDB
    would restart the whole fleet whenever DynamoDB has a bad minute.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in ("/", "/healthz"):
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return JsonResponse(_BODY)

    return middleware
