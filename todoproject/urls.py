"""What this process serves, by its role. Both roles answer their own schema and page of documentation."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.views.generic import RedirectView

from todoproject.api.docs import DocumentationView, SchemaView
from todoproject.api.parsing import IDConverter

register_converter(IDConverter, "id")


def routes_of(role: str) -> list[URLPattern | URLResolver]:
    """What `todos` or `files` serves. The other role's views are not even imported."""
    return [
        path(f"{role}/schema", SchemaView.as_view(app=role)),
        path(f"{role}/docs", DocumentationView.as_view(app=role)),
        path("", include(f"{role}.urls")),
    ]


urlpatterns = [
    route for role in ("todos", "files") if settings.SERVICE_ROLE in (role, "all") for route in routes_of(role)
]
if settings.SERVES_ADMIN:
    from django.contrib import admin

    urlpatterns += [path("admin", RedirectView.as_view(url="/admin/")), path("admin/", admin.site.urls)]

handler400 = "todoproject.api.errors.bad_request"
handler404 = "todoproject.api.errors.not_found"
handler500 = "todoproject.api.errors.server_error"
