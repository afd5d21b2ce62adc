"""Customers, as Cognito has them, with what both apps hold of them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from files.lists import count_files, stored_bytes
from todoproject.api.logs import name_in_logs
from todoproject.api.problems import NotFound
from todoproject.aws import user_pools
from todoproject.aws.user_pools import Account, Refused
from todoproject.support import audit
from todoproject.support.audit import Act
from todoproject.support.record_admin import PageList, RecordAdmin
from todoproject.support.records import Criteria, Page, Record
from todos.lists import count_todos

_SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST = 1000
# Cognito takes filters of up to 256 characters, in which quotes count twice.
_LONGEST = 120


class Customer(Record):
    sub = models.CharField(primary_key=True, max_length=128, editable=False)
    email = models.CharField("e-mail address", max_length=320, editable=False)
    name = models.CharField(max_length=2048, editable=False)
    status = models.CharField(max_length=40, editable=False)
    is_enabled = models.BooleanField("enabled", editable=False)
    email_verified = models.BooleanField("address verified", editable=False)
    created = models.DateTimeField(editable=False)
    updated = models.DateTimeField("account updated", editable=False)

    criteria = ("q",)

    class Meta:
        app_label = "support"
        managed = False

    def __str__(self) -> str:
        return str(self.email or self.sub)

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(**{field.name: getattr(account, field.name) for field in cls._meta.fields})

    @classmethod
    def find(cls, keys: Sequence[str]) -> Iterable[Self]:
        accounts = (user_pools.get_customer(key) for key in keys if 0 < len(key) <= 128)
        return [cls.of(account) for account in accounts if account is not None]

    @classmethod
    def page(cls, criteria: Criteria, *, limit: int, after: Sequence[str] | None) -> Page:
        """The first that fit, by address; whoever finds too many types more of it."""
        wanted = criteria.values.get("q", "").strip()
        accounts, more = _search(wanted)
        found = {account.sub: account for account in accounts}
        records = [cls.of(each) for each in sorted(found.values(), key=lambda each: each.email)]
        return Page(records, None, is_partial=more)


def _search(wanted: str) -> tuple[list[Account], bool]:
    """Whoever it may be, and whether there may be more."""
    if not wanted or len(wanted) > _LONGEST or not wanted.isprintable():
        return [], False
    if _SUB.fullmatch(wanted.lower()):
        account = user_pools.get_customer(wanted.lower())
        return [account] if account else [], False
    beginnings = {("email", wanted), ("name", wanted), ("email", wanted.lower())}
    pages = [user_pools.find_customers(attribute, value) for attribute, value in sorted(beginnings)]
    return [account for accounts, _ in pages for account in accounts], any(more for _, more in pages)


@dataclass(frozen=True)
class AccountAct:
    name: str
    label: str
    do: Callable[[str], None]
    done: str
    applies: Callable[[Customer], bool]


ACTS = {
    act.name: act
    for act in [
        AccountAct("disable", "Disable", user_pools.disable, "is disabled", lambda who: who.is_enabled),
        AccountAct("enable", "Enable", user_pools.enable, "is enabled", lambda who: not who.is_enabled),
        AccountAct(
            "resend-confirmation",
            "Resend confirmation",
            user_pools.resend_confirmation,
            "gets the confirmation code again",
            lambda who: who.is_enabled and who.status == "UNCONFIRMED",
        ),
        AccountAct(
            "sign-out-everywhere",
            "Sign out everywhere",
            user_pools.sign_out_everywhere,
            "is signed out everywhere",
            lambda who: True,
        ),
        AccountAct(
            "start-password-reset",
            "Start a password reset",
            user_pools.start_password_reset,
            "gets a code to choose a new password",
            lambda who: who.is_enabled and who.status == "CONFIRMED",
        ),
    ]
}


class ActForm(forms.Form):
    act = forms.ChoiceField(choices=[(act.name, act.label) for act in ACTS.values()])
    reason = forms.CharField(
        min_length=5,
        max_length=500,
        help_text="Why, e.g. the number of the customer's request. It goes on record.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class CustomerAdmin(RecordAdmin):
    list_display = ["email", "name", "status", "is_enabled", "created"]
    search_fields = ["email"]
    search_help_text = "The beginning of an e-mail address or a name, or a whole sub."
    actions = None
    fieldsets = [
        (None, {"fields": ["email", "name", "status", "is_enabled", "email_verified", "created", "updated"]}),
        ("To look for", {"fields": ["sub", "in_logs"]}),
    ]
    readonly_fields = ["in_logs"]
    change_form_template = "support/customer_change_form.html"

    @admin.display(description="in the logs")
    def in_logs(self, customer: Customer) -> str:
        return name_in_logs(customer.sub)

    def act_on(self, action: str, record: Customer) -> Act:
        return Act(action, record.sub, "customer", record.sub)

    def list_act(self, changes: PageList) -> Act:
        asked = changes.query
        return Act("search" if asked else "list", target_type="customer", values={"q": asked} if asked else None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        act = path("<path:object_id>/act/", self.admin_site.admin_view(self.act_view), name="support_customer_act")
        return [act, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        customer = kwargs["obj"]
        context |= {
            "counts": [
                ("To-dos", _counted(*count_todos(user_id=customer.sub, most=_MOST))),
                ("Stored files", _counted(*count_files(user_id=customer.sub, most=_MOST))),
            ],
            "stored_bytes": stored_bytes(user_id=customer.sub),
            "may_act": self.may(request, "act"),
            "act_form": ActForm(),
            "acts": [act for act in ACTS.values() if act.applies(customer)],
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.may(request, "act"):
            raise PermissionDenied
        customer = self.get_object(request, unquote(object_id))
        if customer is None or request.method != "POST":
            raise NotFound
        form = ActForm(request.POST)
        if not form.is_valid():
            self.message_user(request, "Nothing was done. Say why, in five characters at least.", messages.ERROR)
            return self.redirect_to("change", object_id)
        act = ACTS[form.cleaned_data["act"]]
        try:
            with audit.attempt(
                request, Act(act.name, customer.sub, "customer", customer.sub, reason=form.cleaned_data["reason"])
            ):
                act.do(customer.sub)
        except Refused as exc:
            self.message_user(request, f"Cognito refused: {exc}", messages.ERROR)
        else:
            self.message_user(request, f"{customer} {act.done}.", messages.SUCCESS)
        return self.redirect_to("change", object_id)


def _counted(count: int, more: bool) -> str:
    return f"{count:,}{'+' if more else ''}"
