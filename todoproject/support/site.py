"""The admin site: Django's, with a sign-in of our own and without what needs a database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.http import require_http_methods

from todoproject.api.logs import name_in_logs, note
from todoproject.aws.dynamodb import Item
from todoproject.support import audit
from todoproject.support.audit import Act

# Pages of Django's that make no sense here: passwords are Cognito's, and the others look things up in a database.
_WITHOUT = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class SupportSite(AdminSite):
    site_header = "Support"
    site_title = "Support"
    index_title = "What can I help with?"
    index_template = "support/index.html"
    site_url = None
    # Lists need the width; from a customer, links lead on.
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from todoproject.support import sign_in

        pages = [page for page in super().get_urls() if getattr(page, "name", None) not in _WITHOUT]
        steps = [
            path("login/password/", sign_in.choose_password, name="login_password"),
            path("login/enrol/", sign_in.enrol, name="login_enrol"),
        ]
        return [*steps, *pages]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's views answer OPTIONS, PUT or any other method with the page."""
        return require_http_methods(["GET", "HEAD", "POST"])(super().admin_view(view, cacheable))

    def has_permission(self, request: HttpRequest) -> bool:
        if not super().has_permission(request):
            return False
        note(request, staff=name_in_logs(str(request.user.pk)))
        return True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from todoproject.support import sign_in

        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return sign_in.sign_in(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Ends the session in the table, so that a copy of the cookie is worth nothing."""
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:index"))
        request.session.end(audit.alongside(request, Act("sign-out")))  # type: ignore[attr-defined]  # our own store
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Customers first: with them it begins."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: model["object_name"] != "Customer")
        return sorted(apps, key=lambda app: app["app_label"] != "support")

    def get_log_entries(self, request: HttpRequest) -> Any:
        """None: every page asks, and only the index shows some, which are not LogEntry objects there."""
        return ()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        events, _ = audit.list_events(staff_id=str(request.user.pk), limit=10)
        return super().index(request, {**(extra_context or {}), "events": _lines(events)})


def _lines(events: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {
            "key": f"{event['customerID']['S']}~{event['eventID']['S']}",
            "what": " ".join(
                filter(None, [event["action"]["S"], event.get("targetType", {"S": ""})["S"]]),
            ),
            "whom": event.get("customerEmail", {"S": ""})["S"],
            "outcome": event["outcome"]["S"],
            "time": datetime.fromisoformat(event["time"]["S"]),
        }
        for event in events
    ]
