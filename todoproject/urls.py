"""What this process serves, by its role. Both roles answer their own schema and page of documentation."""

from django.conf import settings
from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from todoproject.api.docs import DocumentationView, SchemaView
from todoproject.api.parsing import IDConverter

register_converter(IDConverter, "id")

# What the other role serves is not even imported.
urlpatterns = []
if settings.SERVICE_ROLE in ("todos", "all"):
    urlpatterns += [
        path("todos/schema", SchemaView.as_view(app="todos")),
        path("todos/docs", DocumentationView.as_view(app="todos")),
        path("", include("todos.urls")),
    ]
if settings.SERVICE_ROLE in ("files", "all"):
    urlpatterns += [
        path("files/schema", SchemaView.as_view(app="files")),
        path("files/docs", DocumentationView.as_view(app="files")),
        path("", include("files.urls")),
    ]

if settings.SERVES_ADMIN:
    from django.contrib import admin

    urlpatterns += [path("admin", RedirectView.as_view(url="/admin/")), path("admin/", admin.site.urls)]

handler400 = "todoproject.api.errors.bad_request"
handler404 = "todoproject.api.errors.not_found"
handler500 = "todoproject.api.errors.server_error"
