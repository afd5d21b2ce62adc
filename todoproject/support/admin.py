"""Customers and the audit trail: the pages that span both apps."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Self

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from todoproject.aws.dynamodb import Item
from todoproject.support import audit
from todoproject.support.audit import Act
from todoproject.support.customers import Customer, CustomerAdmin
from todoproject.support.filters import CustomerFilter, ValueFilter
from todoproject.support.history import values_of
from todoproject.support.models import NOBODY
from todoproject.support.record_admin import RecordAdmin
from todoproject.support.records import Criteria, Page, Record, join_key, split_key

admin.site.register(Customer, CustomerAdmin)


class Event(Record):
    key = models.CharField(primary_key=True, max_length=400, editable=False)
    time = models.DateTimeField(editable=False)
    staff_id = models.CharField(max_length=200, editable=False)
    staff_name = models.CharField(max_length=320, editable=False)
    action = models.CharField(max_length=100, editable=False)
    outcome = models.CharField(max_length=20, editable=False)
    customer_id = models.CharField(max_length=200, editable=False)
    customer_email = models.CharField(max_length=320, editable=False)
    target_type = models.CharField(max_length=50, editable=False)
    target_id = models.CharField(max_length=200, editable=False)
    values = models.TextField(editable=False)
    reason = models.TextField(editable=False)
    address = models.CharField(max_length=64, editable=False)
    request_id = models.CharField(max_length=128, editable=False)

    criteria = ("customer", "staff", "day")

    class Meta:
        app_label = "support"
        managed = False
        verbose_name = "audit event"
        verbose_name_plural = "audit events"

    def __str__(self) -> str:
        return f"{self.action} by {self.staff_name}"

    @classmethod
    def of(cls, item: Item) -> Self:
        texts = {name: value["S"] for name, value in item.items()}
        return cls(
            key=join_key(texts["customerID"], texts["eventID"]),
            time=datetime.fromisoformat(texts["time"]),
            staff_id=texts["staffID"],
            staff_name=texts.get("staffName", "-"),
            action=texts["action"],
            outcome=texts["outcome"],
            customer_id=texts["customerID"],
            customer_email=texts.get("customerEmail", ""),
            target_type=texts.get("targetType", ""),
            target_id=texts.get("targetID", ""),
            values=json.dumps(values_of(item), ensure_ascii=False, indent=2) if "values" in item else "",
            reason=texts.get("reason", ""),
            address=texts.get("address", ""),
            request_id=texts.get("requestID", ""),
        )

    @classmethod
    def find(cls, keys: Sequence[str]) -> Iterable[Self]:
        parts = [found for key in keys if (found := split_key(key, 2))]
        return [cls.of(item) for pair in parts if (item := audit.get_event(*pair)) is not None]

    @classmethod
    def page(cls, criteria: Criteria, *, limit: int, after: Sequence[str] | None) -> Page:
        wanted = criteria.values
        reached = dict(zip(after[::2], after[1::2], strict=True)) if after else {}
        asked = {"customer_id": wanted.get("customer", ""), "staff_id": wanted.get("staff", "")}
        day = wanted.get("day", "")
        if not any([*asked.values(), day]):
            # A list that was begun before midnight goes on with its own day.
            day = reached.get("day") or str(timezone.now().date())
        items, following = audit.list_events(**asked, day=day, limit=limit, after=reached or None)
        position = [part for pair in following.items() for part in pair] if following else None
        return Page([cls.of(item) for item in items], position)


class StaffFilter(ValueFilter):
    title = "member of staff"
    parameter_name = "staff"


class DayFilter(ValueFilter):
    title = "day (UTC)"
    parameter_name = "day"
    input_type = "date"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        try:
            return queryset.filter(day=str(date.fromisoformat(self.value))) if self.value else None
        except ValueError:
            raise IncorrectLookupParameters(f"{self.value!r} is not a day as YYYY-MM-DD.") from None


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Read-only: the trail of today, or of a customer, a member of staff, a day."""

    list_display = ["time", "staff", "action", "target", "whom", "outcome", "reason"]
    list_display_links = ["time"]
    list_filter = [CustomerFilter, StaffFilter, DayFilter]
    actions = None
    fieldsets = [
        (None, {"fields": ["time", "staff", "action", "outcome", "whom", "target", "reason"]}),
        ("Details", {"fields": ["shown_values", "address", "request_id"]}),
    ]
    readonly_fields = ["staff", "whom", "target", "shown_values"]

    def act_on(self, action: str, record: Event) -> Act:
        return Act(action, record.customer_id, "event", record.key.partition("~")[2])

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="staff")
    def staff(self, event: Event) -> str:
        return _link("support_event_changelist", event.staff_name, query={"staff": event.staff_id})

    @admin.display(description="customer")
    def whom(self, event: Event) -> str:
        if event.customer_id == NOBODY:
            return "-"
        return _link("support_customer_change", event.customer_email or event.customer_id, event.customer_id)

    @admin.display(description="on")
    def target(self, event: Event) -> str:
        pages = {"todo": "todos_todo_change", "file": "files_file_change"}
        if event.target_type not in pages or not event.target_id:
            return event.target_type or "-"
        key = join_key(event.customer_id, *event.target_id.split("#"))
        return _link(pages[event.target_type], event.target_type, key)

    @admin.display(description="values")
    def shown_values(self, event: Event) -> str:
        return format_html("<pre>{}</pre>", event.values) if event.values else "-"


def _link(page: str, text: str, *keys: str, query: dict[str, str] | None = None) -> str:
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:{page}", args=[quote(key) for key in keys], query=query), text
    )
