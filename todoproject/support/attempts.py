"""How often a sign-in of staff may fail, before Cognito is asked at all.

Cognito locks an account for longer and longer, up to a quarter of an hour; whoever keeps failing on purpose keeps its
owner out. So failures are counted here by account and by address, in the memory of this process as requests are. A
browser from which an account has come in before has a signed cookie and is counted by itself: strangers cannot use up
what it has left.
"""

import secrets

from django.http import HttpRequest, HttpResponse

from todoproject.api.limits import Buckets, buckets, client_address, network_of
from todoproject.support import audit
from todoproject.support.audit import Act

COOKIE = "__Secure-support_known"
_COOKIE_SECONDS = 90 * 24 * 3600
# Failures at once, and seconds in which there are as many again.
BY_BROWSER = ("sign-in by browser", 5, 15 * 60)
BY_ACCOUNT = ("sign-in by account", 5, 30 * 60)
BY_ADDRESS = ("sign-in by address", 30, 15 * 60)
# However many are refused, the trail gets a few lines of it.
_ON_RECORD = ("sign-in on record", 1, 60)


def begin_attempt(request: HttpRequest, email: str) -> float:
    """0, or for how many seconds nothing may be tried; that is on record then."""
    taken: list[tuple[Buckets, str]] = []
    for bucket, key in _counted_by(request, email):
        left = bucket.take(key)
        if not left.is_allowed:
            for earlier, its_key in taken:
                earlier.give_back(its_key)
            if buckets(*_ON_RECORD).take(key).is_allowed:
                refused = Act("sign-in", reason="Too many attempts have failed: this one was not tried.")
                audit.record(request, refused, outcome=audit.REFUSED, staff_name=email)
            return left.wait
        taken.append((bucket, key))
    return 0


def end_attempt(request: HttpRequest, email: str) -> None:
    """It has not failed: the password was right and the code if one was asked for, or nobody could say."""
    for bucket, key in _counted_by(request, email):
        bucket.give_back(key)


def know_browser(response: HttpResponse, email: str) -> None:
    response.set_signed_cookie(
        COOKIE,
        secrets.token_hex(8),
        salt=_salt(email),
        max_age=_COOKIE_SECONDS,
        path="/admin/login/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )


def _counted_by(request: HttpRequest, email: str) -> list[tuple[Buckets, str]]:
    known = request.get_signed_cookie(COOKIE, None, salt=_salt(email), max_age=_COOKIE_SECONDS)
    if known:
        return [(buckets(*BY_BROWSER), known)]
    return [(buckets(*BY_ACCOUNT), email.casefold()), (buckets(*BY_ADDRESS), network_of(client_address(request)))]


def _salt(email: str) -> str:
    return f"todoproject.support.attempts {email.casefold()}"
