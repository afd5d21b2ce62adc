"""Files in the staff admin: what is known of them, a way to their content that asks why, and an end to them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from files import lists, services
from files.models import STORED, file_key_of
from todoproject.api.problems import NotFound
from todoproject.aws.dynamodb import Item
from todoproject.support import audit
from todoproject.support.audit import Act
from todoproject.support.filters import CustomerFilter, StatusFilter
from todoproject.support.record_admin import RecordAdmin
from todoproject.support.records import Criteria, Page, Record, in_order, join_key, shorten, split_key

DOWNLOAD_SECONDS = 60


class File(Record):
    key = models.CharField(primary_key=True, max_length=602, editable=False)
    customer_id = models.CharField(max_length=200, editable=False)
    todo_id = models.CharField(max_length=200, editable=False)
    file_id = models.CharField("file id", max_length=200, editable=False)
    file_name = models.CharField("name", max_length=255, editable=False)
    size = models.BigIntegerField(editable=False)
    content_type = models.CharField("type", max_length=255, editable=False)
    date_created = models.DateTimeField("created", editable=False)
    status = models.CharField(max_length=20, editable=False)

    criteria = ("customer", "status")

    class Meta:
        app_label = "files"
        managed = False

    def __str__(self) -> str:
        return shorten(self.file_name)

    @property
    def owner_and_id(self) -> dict[str, Any]:
        return {"user_id": self.customer_id, "todo_id": self.todo_id, "file_id": self.file_id}

    @classmethod
    def of(cls, item: Item) -> Self:
        user_id, todo_id, file_id = (item[name]["S"] for name in ("userID", "todoID", "fileID"))
        return cls(
            key=join_key(user_id, todo_id, file_id),
            customer_id=user_id,
            todo_id=todo_id,
            file_id=file_id,
            file_name=item["fileName"]["S"],
            size=int(item["size"]["N"]),
            content_type=item["contentType"]["S"],
            date_created=datetime.fromisoformat(item["dateCreated"]["S"]),
            status=item["status"]["S"],
        )

    @classmethod
    def find(cls, keys: Sequence[str]) -> Iterable[Self]:
        pairs = {(parts[0], file_key_of(parts[1], parts[2])) for key in keys if (parts := split_key(key, 3))}
        return in_order(keys, map(cls.of, lists.find_files(pairs))) if pairs else []

    @classmethod
    def page(cls, criteria: Criteria, *, limit: int, after: Sequence[str] | None) -> Page:
        wanted = criteria.values
        if not wanted.get("customer"):
            return Page([], None)
        statuses = (wanted["status"],) if "status" in wanted else lists.STATUSES
        items, following = lists.list_files_of_user(
            user_id=wanted["customer"], statuses=statuses, limit=limit, after=after[0] if after else None
        )
        return Page([cls.of(item) for item in items], (following,) if following else None)


class FileStatusFilter(StatusFilter):
    statuses = {"stored": "Stored", "pending": "Upload not completed"}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=5,
        max_length=500,
        help_text="Why this file has to be seen, e.g. the number of the customer's request. It goes on record.",
        widget=AdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
    )


@admin.register(File)
class FileAdmin(RecordAdmin):
    list_display = ["file_name", "shown_size", "content_type", "status", "date_created", "todo"]
    list_filter = [CustomerFilter, FileStatusFilter]
    fieldsets = [
        (None, {"fields": ["file_name", "shown_size", "content_type", "status", "date_created"]}),
        ("Record", {"fields": ["customer", "todo", "file_id"]}),
    ]
    change_form_template = "support/file_change_form.html"

    @admin.display(description="size")
    def shown_size(self, file: File) -> str:
        return filesizeformat(file.size)

    @admin.display(description="to-do")
    def todo(self, file: File) -> str:
        address = reverse("admin:todos_todo_change", args=[join_key(file.customer_id, file.todo_id)])
        return format_html('<a href="{}">{}</a>', address, file.todo_id)

    def act_on(self, action: str, record: File) -> Act:
        return Act(action, record.customer_id, "file", file_key_of(record.todo_id, record.file_id))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["shown_size", "todo", "customer"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "<path:object_id>/download/", self.admin_site.admin_view(self.download_view), name="files_file_download"
        )
        return [download, *super().get_urls()]

    def delete_model(self, request: HttpRequest, obj: File) -> None:
        """The object in S3 goes first: so the attempt is on record before, and the end with the record's own change."""
        act = self.act_on("delete", obj)
        with audit.attempt(request, act, done=False):
            services.delete_file(**obj.owner_and_id, alongside=audit.alongside(request, act))

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who may only look does not get to see what is in a customer's files."""
        if not self.may(request, "download"):
            raise PermissionDenied
        file = self.get_object(request, unquote(object_id))
        if file is None or file.status != STORED:
            raise NotFound
        form = ReasonForm(request.POST or None)
        address = ""
        if form.is_valid():
            item = services.get_file(**file.owner_and_id)
            act = self.act_on("download", file)
            audit.record(request, replace(act, reason=form.cleaned_data["reason"]))
            address = services.download_url(item, seconds=DOWNLOAD_SECONDS)
        else:
            audit.record(request, self.act_on("view", file))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Download {file}",
            "file": file,
            "form": form,
            "address": address,
            "seconds": DOWNLOAD_SECONDS,
            "opts": self.opts,
        }
        return TemplateResponse(request, "support/download.html", context)
