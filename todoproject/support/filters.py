"""What the admin's lists are filtered by."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from todoproject.aws import user_pools
from todoproject.support import audit
from todoproject.support.records import Record

# What Cognito may know somebody by, and NOBODY. No blank, no control character: it becomes a key of the trail.
_CUSTOMER = re.compile(r"[!-~]{0,128}")


class StatusFilter(admin.SimpleListFilter):
    """By one of a few statuses; anything else in the address is passed over."""

    title = "status"
    parameter_name = "status"
    statuses: ClassVar[dict[str, str]]
    """Each with how it is shown."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.statuses.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(status=self.value()) if self.value() in self.statuses else queryset


class ValueFilter(admin.ListFilter):
    """A filter by a value that is typed, or comes with a link, instead of one of a few choices."""

    template = "support/value_filter.html"
    parameter_name: str
    input_type = "text"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Record], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.value = ""
        self.label = ""
        if self.parameter_name in params:
            self.value = params.pop(self.parameter_name)[-1][:320]
            self.label = self.get_label(request)

    def get_label(self, request: HttpRequest) -> str:
        """How the value is shown."""
        return self.value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.parameter_name: self.value}) if self.value else None

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        others = {name: value for name, value in changelist.params.items() if name != self.parameter_name}
        yield {
            "without": changelist.get_query_string(remove=[self.parameter_name]),
            "others": others.items(),
            "filter": self,
        }


class CustomerFilter(ValueFilter):
    """By the customer's `sub`; a whole e-mail address does too."""

    title = "customer"
    parameter_name = "customer"

    def get_label(self, request: HttpRequest) -> str:
        if not _CUSTOMER.fullmatch(self.value):
            raise IncorrectLookupParameters("A customer is given by a sub or an e-mail address.")
        if "@" in self.value and (account := user_pools.get_customer(self.value)):
            self.value = account.sub
        return audit.email_of(request, self.value) or self.value
