"""ModelAdmin for records of DynamoDB: the stock pages, without what needs a database.

The pages are Django's own. What differs: lists go on by a signed cursor instead of numbered pages, nothing is wrapped
in a database's transaction, and the history comes from the audit trail.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.admin.utils import model_ngettext, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from todoproject.api.cursors import read_cursor, sign_cursor
from todoproject.api.problems import Invalid, Problem
from todoproject.support import audit
from todoproject.support.audit import Act
from todoproject.support.filters import CustomerFilter
from todoproject.support.history import history_of
from todoproject.support.models import NOBODY

CURSOR = "after"


class PageActionForm(helpers.ActionForm):
    """Acts on what is ticked on the page and nothing else: nobody knows what the other pages hold."""

    def clean_select_across(self) -> bool:
        if self.cleaned_data["select_across"]:
            raise forms.ValidationError("Only what is ticked on this page.")
        return False


class PageList(ChangeList):
    """One page of a list; the cursor of the next is bound to the same list with the same filters."""

    next_page: str | None = None
    is_first_page = True
    is_partial = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = capfirst(str(self.opts.verbose_name_plural))
        if self.customer:
            self.title += f" of {self.customer.label}"

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        self.cursor = request.GET.get(CURSOR)
        for given in (self.params, self.filter_params):
            given.pop(CURSOR, None)
        return super().get_queryset(request, exclude_parameters)

    @property
    def customer(self) -> CustomerFilter | None:
        """Whose list it is; None where it is nobody's in particular."""
        return next((each for each in self.filter_specs if isinstance(each, CustomerFilter) and each.value), None)

    def get_results(self, request: HttpRequest) -> None:
        scope = ("admin", self.opts.label_lower, self.query, repr(sorted(self.filter_params.items())))
        try:
            after = read_cursor(self.cursor, scope=scope)
        except Invalid as exc:
            raise IncorrectLookupParameters from exc
        page = self.queryset.page(limit=self.list_per_page, after=after)
        self.is_first_page, self.is_partial = after is None, page.is_partial
        if cursor := sign_cursor(page.following, scope=scope):
            self.next_page = self.get_query_string({CURSOR: cursor})
        self.result_list = page.records
        self.result_count = len(page.records)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        # As many as are shown: of more, nobody knows the number.
        self.full_result_count = self.result_count
        self.show_admin_actions = bool(page.records)
        self.paginator = Paginator(page.records, self.list_per_page)


class RecordAdmin(admin.ModelAdmin):
    """Subclasses say what of a record is put on record when somebody looks at it, by `act_on`."""

    actions_on_top = True
    action_form = PageActionForm
    change_list_template = "support/change_list.html"
    list_per_page = 100
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by: ClassVar[list[str] | tuple[str, ...] | None] = ()

    @admin.display(description="customer")
    def customer(self, record: Any) -> str:
        """A link to whose it is."""
        address = reverse("admin:support_customer_change", args=[record.customer_id])
        return format_html('<a href="{}">{}</a>', address, record.customer_id)

    def act_on(self, action: str, record: Any) -> Act:
        raise NotImplementedError

    def list_act(self, changes: PageList) -> Act:
        """The act of looking at a list, with what was asked for."""
        asked = {name: value for name, value in changes.params.items() if name not in (CURSOR, "customer")}
        customer_id = changes.customer.value if changes.customer else NOBODY
        return Act("list", customer_id, self.opts.model_name or "", values=asked or None)

    def may(self, request: HttpRequest, what: str) -> bool:
        """What Django has no method for: `download`, `act`."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{what}_{self.opts.model_name}"))  # type: ignore[union-attr]

    # --- Reading ---

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PageList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(q=search_term) if search_term and self.search_fields else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and not self.get_actions(request):
            raise PermissionDenied  # Django's own shows the list again, as if nothing had been asked for.
        answer = super().changelist_view(request, dict(extra_context or {}))
        # To a POST as well, Django answers with the list where no action was asked for.
        if isinstance(answer, TemplateResponse) and "cl" in (answer.context_data or {}):
            audit.record(request, self.list_act(answer.context_data["cl"]))  # type: ignore[index]
        return answer

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        # Django's own would open a transaction of a database around a POST; so would `delete_view`.
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined, no-any-return]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined, no-any-return]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        act = self.act_on("view", kwargs["obj"])
        audit.record(request, act)
        context["customer_email"] = audit.email_of(request, act.customer_id)
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        act = self.act_on("history", record)
        entries, is_partial = history_of(act.customer_id, act.target_id)
        audit.record(request, act)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {record}",
            "action_list": Paginator(entries, max(1, len(entries))).page(1),
            "is_partial": is_partial,
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
            "object": record,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "support/object_history.html", context)

    # --- Writing ---

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing, here and below: the service has written the event in the transaction of the change."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any: ...

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without asking a database what hangs on them. The page that asks whether to go on shows them."""
        records = list(objs)
        if "post" not in request.POST:
            for record in records:
                audit.record(request, self.act_on("view", record))
        lacking = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        counts = {model_ngettext(self.opts, len(records)): len(records)}
        return [str(record) for record in records], counts, lacking, []

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, self.delete_model, "deleted")

    def do_each(self, request: HttpRequest, records: Any, do: Any, done: str) -> None:
        """Each for itself: one that is refused does not stop the others, and is named."""
        count, refused = 0, []
        for record in records:
            try:
                do(request, record)
            except Problem as exc:
                act = self.act_on(request.POST.get("action", ""), record)
                audit.record(request, replace(act, reason=str(exc)), outcome=audit.FAILED)
                refused.append(f"{record}: {exc}")
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} {model_ngettext(self.opts, count)} {done}.", messages.SUCCESS)
        for sentence in refused[:10]:
            self.message_user(request, sentence, messages.ERROR)
        if len(refused) > 10:
            self.message_user(request, f"{len(refused) - 10} more were not {done}.", messages.ERROR)

    def redirect_to(self, page: str, *args: str) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse(admin_urlname(self.opts, page), args=args))  # type: ignore[arg-type]
