"""Staff sign in with their account in the staff pool: the service asks Cognito, the browser never does.

Password and code are asked for on one page, so that every refusal looks the same: a wrong password, a wrong code, an
account that does not exist, is disabled or has no group. Guessing is limited by `todoproject.support.attempts`, and by
Cognito itself: after five failures of an account it refuses for a second, then twice as long each time.
"""

import math
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import segno
from django import forms
from django.contrib.admin import site
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from todoproject.api.logs import name_in_logs, note
from todoproject.aws import user_pools
from todoproject.aws.failures import OutcomeUnknown
from todoproject.aws.user_pools import Challenge, Refused
from todoproject.support import audit
from todoproject.support.attempts import begin_attempt, end_attempt, know_browser
from todoproject.support.audit import Act
from todoproject.support.models import StaffUser
from todoproject.support.staff import check_groups

REFUSED = (
    "Signing in did not work. Check the e-mail address, the password and the code, or ask whoever runs this service."
)
_BACKEND = "todoproject.support.staff.StaffBackend"
_PENDING = "sign_in"


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=128,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.RegexField(
        r"^[0-9]{6}$",
        required=False,
        help_text="Six digits from your authenticator app. Leave it empty at your first sign-in.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 6}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label="New password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autofocus": True, "autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="The same again",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        if self.cleaned_data.get("password") != self.cleaned_data.get("repeated"):
            self.add_error("repeated", "The two are not the same.")


class EnrolForm(forms.Form):
    code = forms.RegexField(
        r"^[0-9]{6}$",
        label="Code that the app shows",
        widget=forms.TextInput(
            attrs={"autofocus": True, "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 6}
        ),
    )


@sensitive_post_parameters()
@never_cache
@csrf_protect
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if not form.is_valid():
        return _page(request, "support/sign_in.html", form, next=_wanted(request))
    email, code = form.cleaned_data["email"], form.cleaned_data["code"]
    if wait := begin_attempt(request, email):
        return _come_later(request, form, wait)
    has_failed = False
    try:
        challenge = _begin(email, form.cleaned_data["password"], code)
        if challenge is None:
            return _come_in(request, email, _wanted(request))
        return _go_on(request, challenge, _wanted(request))
    except Refused:
        has_failed = True
        audit.record(request, Act("sign-in"), outcome=audit.REFUSED, staff_name=email)
        form.add_error(None, REFUSED)
        return _page(request, "support/sign_in.html", form, next=_wanted(request))
    finally:
        if not has_failed:
            end_attempt(request, email)


@sensitive_post_parameters()
@never_cache
@csrf_protect
def choose_password(request: HttpRequest) -> HttpResponse:
    """Instead of the temporary one that came with the account."""
    challenge, wanted = _pending(request, "NEW_PASSWORD_REQUIRED")
    if challenge is None:
        return HttpResponseRedirect(reverse("admin:login"))
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            following = user_pools.answer_challenge(challenge, {"NEW_PASSWORD": form.cleaned_data["password"]})
        except Refused as exc:
            form.add_error("password", str(exc))
        else:
            audit.record(request, Act("choose-password"), staff_name=challenge.username)
            if following is not None:
                return _go_on(request, following, wanted)
            return _start_again(request, challenge.username)
    # The name is for password managers.
    return _page(request, "support/choose_password.html", form, username=challenge.username)


@sensitive_post_parameters()
@never_cache
@csrf_protect
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app. Its secret is shown once; whoever loads the page again gets another one."""
    challenge, wanted = _pending(request, "MFA_SETUP")
    if challenge is None:
        return HttpResponseRedirect(reverse("admin:login"))
    try:
        if request.method != "POST":
            return _show_secret(request, challenge, wanted)
        form = EnrolForm(request.POST)
        if form.is_valid():
            confirmed = _confirm(form, challenge)
            if confirmed is not None and user_pools.answer_challenge(confirmed, {}) is None:
                audit.record(request, Act("enrol-authenticator"), staff_name=challenge.username)
                return _come_in(request, challenge.username, wanted)
    except Refused:
        # No group, or too late: Cognito gives some minutes for it.
        return _start_again(request, challenge.username)
    return _page(request, "support/enrol.html", form)


def _begin(email: str, password: str, code: str) -> Challenge | None:
    """What is still to be done; None when password and code are right. Raises Refused."""
    try:
        challenge = user_pools.start_sign_in(email, password)
    except Refused:
        # As many calls as for a wrong code, so that the time does not tell which of the two was wrong.
        with suppress(OutcomeUnknown):
            user_pools.answer_challenge(
                Challenge("SOFTWARE_TOKEN_MFA", "never-asked-for-anything", email),
                {"SOFTWARE_TOKEN_MFA_CODE": code or "000000"},
            )
        raise
    if challenge is None:
        raise Refused("The staff pool asks for no second factor.")
    if challenge.name == "SOFTWARE_TOKEN_MFA":
        challenge = user_pools.answer_challenge(challenge, {"SOFTWARE_TOKEN_MFA_CODE": code or "000000"})
    if challenge is not None and challenge.name not in ("MFA_SETUP", "NEW_PASSWORD_REQUIRED"):
        raise Refused(f"Cognito asks for {challenge.name}, which is not offered here.")
    return challenge


def _confirm(form: forms.Form, challenge: Challenge) -> Challenge | None:
    try:
        return user_pools.confirm_authenticator(challenge, form.cleaned_data["code"])
    except Refused:
        form.add_error("code", "The app shows another code by now, or has another secret. Try again, or start again.")
        return None


def _come_in(request: HttpRequest, username: str, wanted: str) -> HttpResponse:
    """Password and second factor were right. Raises Refused for who is in no group."""
    record = check_groups(username)
    if record is None or not record.groups:
        raise Refused("No group of staff.")
    user = StaffUser.of(record)
    request.session.flush()
    login(request, user, backend=_BACKEND)
    note(request, staff=name_in_logs(user.sub))
    audit.record(request, Act("sign-in"))
    response = HttpResponseRedirect(wanted)
    know_browser(response, username)
    return response


def _come_later(request: HttpRequest, form: forms.Form, seconds: float) -> HttpResponse:
    form.add_error(None, f"Too many attempts have failed. Try again in {math.ceil(seconds / 60)} minutes.")
    page = _page(request, "support/sign_in.html", form, next=_wanted(request))
    page.status_code = 429
    page.headers["Retry-After"] = str(math.ceil(seconds))
    return page


def _go_on(request: HttpRequest, challenge: Challenge, wanted: str) -> HttpResponse:
    """To the page for Cognito's challenge. What Cognito wants back waits in the session, out of the browser's sight."""
    request.session.flush()
    request.session[_PENDING] = {**asdict(challenge), "wanted": wanted}
    page = "admin:login_enrol" if challenge.name == "MFA_SETUP" else "admin:login_password"
    return HttpResponseRedirect(reverse(page))


def _pending(request: HttpRequest, name: str) -> tuple[Challenge | None, str]:
    pending = dict(request.session.get(_PENDING) or {})
    wanted = pending.pop("wanted", "")
    challenge = Challenge(**pending) if pending else None
    return (challenge if challenge and challenge.name == name else None), wanted


def _start_again(request: HttpRequest, username: str) -> HttpResponse:
    request.session.flush()
    audit.record(request, Act("sign-in"), outcome=audit.REFUSED, staff_name=username)
    return HttpResponseRedirect(reverse("admin:login"))


def _show_secret(request: HttpRequest, challenge: Challenge, wanted: str) -> HttpResponse:
    secret, challenge = user_pools.new_authenticator(challenge)
    request.session[_PENDING] = {**asdict(challenge), "wanted": wanted}
    label = f"Support:{challenge.username}"
    address = f"otpauth://totp/{quote(label)}?secret={secret}&issuer=Support"
    drawn = segno.make_qr(address).svg_inline(scale=4, border=4, light="#fff", svgclass="qr", lineclass=None)
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    # Drawn by segno of squares only: nothing of the address is in it as text.
    qr = mark_safe(drawn)  # noqa: S308
    return _page(request, "support/enrol.html", EnrolForm(), qr=qr, secret=grouped)


def _wanted(request: HttpRequest) -> str:
    """Where to go after the sign-in: a page of this site, and no other."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/admin/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else reverse("admin:index")


def _page(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    request.current_app = site.name
    return TemplateResponse(
        request, template, {**site.each_context(request), "form": form, "title": "Sign in", **context}
    )
