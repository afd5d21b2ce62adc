"""Todos in the staff admin. Reads and writes go through `todos.lists` and `todos.services`, as the API's do."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Self

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from todoproject.api.problems import NotFound, Problem
from todoproject.aws.dynamodb import Item
from todoproject.support import audit
from todoproject.support.audit import Act
from todoproject.support.filters import CustomerFilter, StatusFilter
from todoproject.support.record_admin import RecordAdmin
from todoproject.support.records import Criteria, Page, Record, in_order, join_key, shorten, split_key
from todos import lists, services
from todos.models import MAX_TEXT, MAX_TITLE, UNDATED


class InTrash(Problem):
    status = 409
    detail = "The todo is in the trash. Restore it first, then change it."


class Todo(Record):
    key = models.CharField(primary_key=True, max_length=401, editable=False)
    customer_id = models.CharField(max_length=200, editable=False)
    todo_id = models.CharField("todo id", max_length=200, editable=False)
    title = models.CharField(max_length=MAX_TITLE)
    description = models.TextField(blank=True, validators=[MaxLengthValidator(MAX_TEXT)])
    notes = models.TextField(blank=True, validators=[MaxLengthValidator(MAX_TEXT)])
    date_due = models.DateField("due", null=True, blank=True)
    completed = models.BooleanField()
    date_created = models.DateTimeField("created", editable=False)
    date_updated = models.DateTimeField("updated", editable=False)
    date_completed = models.DateTimeField("completed at", null=True, editable=False)
    date_deleted = models.DateTimeField("deleted", null=True, editable=False)
    purge_day = models.DateField("purged on", null=True, editable=False)
    version = models.IntegerField(editable=False)

    criteria = ("customer", "status", "due", "q")
    sorted_by = "date_due"

    class Meta:
        app_label = "todos"
        managed = False
        verbose_name = "to-do"

    def __str__(self) -> str:
        return shorten(self.title)

    @property
    def owner_and_id(self) -> dict[str, Any]:
        return {"user_id": self.customer_id, "todo_id": self.todo_id}

    @classmethod
    def of(cls, item: Item) -> Self:
        texts = {name: value["S"] for name, value in item.items() if "S" in value}
        user_id, todo_id = texts["userID"], texts["todoID"]
        return cls(
            key=join_key(user_id, todo_id),
            customer_id=user_id,
            todo_id=todo_id,
            title=texts["title"],
            description=texts.get("description", ""),
            notes=texts.get("notes", ""),
            date_due=_day(texts.get("dateDue")),
            completed=item["completed"]["BOOL"],
            date_created=_time(texts["dateCreated"]),
            date_updated=_time(texts["dateUpdated"]),
            date_completed=_time(texts.get("dateCompleted")),
            date_deleted=_time(texts.get("dateDeleted")),
            purge_day=_day(texts.get("purgeDay")),
            version=int(item["version"]["N"]),
        )

    @classmethod
    def find(cls, keys: Sequence[str]) -> Iterable[Self]:
        pairs = {(parts[0], parts[1]) for key in keys if (parts := split_key(key, 2)) and "#" not in parts[1]}
        return in_order(keys, map(cls.of, lists.find_todos(pairs))) if pairs else []

    @classmethod
    def page(cls, criteria: Criteria, *, limit: int, after: Sequence[str] | None) -> Page:
        wanted = criteria.values
        is_contradiction = "due" in wanted and wanted.get("status", "open") != "open"
        if not wanted.get("customer") or is_contradiction:
            return Page([], None)
        items, following = lists.list_todos(
            user_id=wanted["customer"],
            status=wanted.get("status", "all"),
            search=wanted.get("q", ""),
            due=wanted.get("due"),
            backwards=criteria.backwards,
            limit=limit,
            after=lists.Position(*after) if after else None,
        )
        return Page([cls.of(item) for item in items], following)


class TodoForm(forms.ModelForm):
    """Knows which version of the todo it was filled in for."""

    read_version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("title", "description", "notes"):
            # Browsers send the line breaks of a text as CRLF, whatever was in it.
            sent, stored = cleaned.get(name, "").replace("\r\n", "\n"), self.initial.get(name, "")
            cleaned[name] = stored if sent == stored.replace("\r\n", "\n") else sent
        if "read_version" in cleaned and cleaned["read_version"] != self.instance.version:
            raise forms.ValidationError(f"{services.Stale.detail} Nothing was saved; what you typed is still here.")
        return cleaned


class TodoStatusFilter(StatusFilter):
    statuses = {"open": "Open", "completed": "Completed", "trashed": "In the trash"}


class DueFilter(admin.SimpleListFilter):
    """Of open todos: those are what the index has by their day."""

    title = "due (open ones)"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("overdue", "Overdue"),
            ("today", "Today"),
            ("week", "In the next seven days"),
            ("none", "Without a day"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.now().date()
        days = {
            "overdue": ("", str(today - timedelta(days=1))),
            "today": (str(today), str(today)),
            "week": (str(today), str(today + timedelta(days=7))),
            "none": (UNDATED, UNDATED),
        }
        return queryset.filter(due=days[str(self.value())]) if self.value() in days else queryset


@admin.register(Todo)
class TodoAdmin(RecordAdmin):
    form = TodoForm
    list_display = ["title", "date_due", "status", "date_created", "date_updated"]
    list_filter = [CustomerFilter, TodoStatusFilter, DueFilter]
    sortable_by = ["date_due"]
    search_fields = ["title"]
    search_help_text = "Part of a title, whatever its case."
    actions = ["complete", "reopen", "restore"]
    formfield_overrides = {models.TextField: {"strip": False, "widget": AdminTextareaWidget}}
    readonly_fields = [
        "customer",
        "todo_id",
        "date_created",
        "date_updated",
        "date_completed",
        "date_deleted",
        "purge_day",
    ]
    fieldsets = [
        (None, {"fields": ["title", "date_due", "completed", "description", "notes", "read_version"]}),
        ("Record", {"fields": [*readonly_fields]}),
    ]

    @admin.display(description="status")
    def status(self, todo: Todo) -> str:
        return "In the trash" if todo.date_deleted else "Completed" if todo.completed else "Open"

    def act_on(self, action: str, record: Todo) -> Act:
        return Act(action, record.customer_id, "todo", record.todo_id)

    def get_urls(self) -> list[URLPattern]:
        restore = path(
            "<path:object_id>/restore/", self.admin_site.admin_view(self.restore_view), name="todos_todo_restore"
        )
        return [restore, *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "read_version" in form.base_fields:
            form.base_fields["read_version"].initial = obj.version
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        changeable = ["title", "date_due", "completed", "description", "notes"]
        return [*self.readonly_fields, *changeable] if obj and obj.date_deleted else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Todo, form: forms.ModelForm, change: bool) -> None:
        if obj.date_deleted:
            raise InTrash
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name != "read_version"}
        if "date_due" in changed:
            changed["date_due"] = str(changed["date_due"] or "")
        services.update_todo(
            **obj.owner_and_id,
            changes=changed,
            expected={form.cleaned_data["read_version"]},
            alongside=audit.alongside(request, self.act_on("change", obj)),
        )

    def delete_model(self, request: HttpRequest, obj: Todo) -> None:
        services.trash_todo(**obj.owner_and_id, alongside=audit.alongside(request, self.act_on("trash", obj)))

    def _complete(self, request: HttpRequest, todo: Todo) -> None:
        self._set_completed(request, todo, True)

    def _reopen(self, request: HttpRequest, todo: Todo) -> None:
        self._set_completed(request, todo, False)

    def _set_completed(self, request: HttpRequest, todo: Todo, completed: bool) -> None:
        if todo.date_deleted:
            raise InTrash
        act = self.act_on("complete" if completed else "reopen", todo)
        services.update_todo(
            **todo.owner_and_id, changes={"completed": completed}, alongside=audit.alongside(request, act)
        )

    def _restore(self, request: HttpRequest, todo: Todo) -> None:
        services.restore_todo(**todo.owner_and_id, alongside=audit.alongside(request, self.act_on("restore", todo)))

    @admin.action(description="Complete the selected %(verbose_name_plural)s", permissions=["change"])
    def complete(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, self._complete, "completed")

    @admin.action(description="Reopen the selected %(verbose_name_plural)s", permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, self._reopen, "reopened")

    @admin.action(description="Restore the selected %(verbose_name_plural)s", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, self._restore, "restored")

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        todo = self.get_object(request, unquote(object_id))
        if todo is None or request.method != "POST":
            raise NotFound
        self._restore(request, todo)
        self.message_user(request, f"“{todo}” is out of the trash.", messages.SUCCESS)
        return self.redirect_to("change", object_id)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
