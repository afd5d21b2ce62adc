"""How many requests each may send.

Counted in this process's memory, so that it costs no call and no write: what somebody can send in all is the limit
times the number of processes that serve. API Gateway's own limit, of all clients together, stands before it.
"""

import functools
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from todoproject.aws.cognito import Caller

# Whoever wants to have their own bucket forgotten must be so many others first, at a request each: what they gain by it
# is a small part of what that costs.
_MOST_BUCKETS = 10_000


class Left(NamedTuple):
    is_allowed: bool
    remaining: int
    wait: float
    """Seconds until there is one more."""


class Buckets:
    """Token buckets: `most` at once, and as many again in `seconds`, evenly.

    A bucket is one number, the moment at which it is full again; one that is full need not be kept.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._step = seconds / most
        self._seconds = seconds
        # The least recently used first. (A dict looks for its first item past all that have been deleted before it.)
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> Left:
        now = time.monotonic()
        with self._lock:
            full_at = max(self._full_at.get(key, now), now)
            is_allowed = self._there(full_at - now) >= 1
            if is_allowed:
                full_at += self._step
            self._full_at[key] = full_at
            self._full_at.move_to_end(key)
            self._forget(now)
        remaining = max(0, math.floor(self._there(full_at - now)))
        return Left(is_allowed, remaining, full_at - now - self._seconds + (remaining + 1) * self._step)

    def _there(self, until_full: float) -> float:
        """How many can be taken. Roundings take none away: whoever has waited as long as they were told gets in."""
        return (self._seconds - until_full) / self._step + 1e-6

    def give_back(self, key: str) -> None:
        """What was taken has not been used."""
        with self._lock:
            if key in self._full_at:
                self._full_at[key] -= self._step

    def _forget(self, now: float) -> None:
        """Two at a time at most, so that no request pays for many; the one just used never goes."""
        for _ in range(2):
            oldest, full_at = next(iter(self._full_at.items()))
            if full_at > now and len(self._full_at) <= _MOST_BUCKETS:
                return
            del self._full_at[oldest]


@functools.cache
def buckets(name: str, most: int, seconds: float) -> Buckets:
    """The process's only ones of this name and rate."""
    return Buckets(most, seconds)


class CallerThrottle(BaseThrottle):
    """Users by their `sub`, whoever has no token by their address."""

    _left: Left

    def allow_request(self, request: Request, view: Any) -> bool:
        caller: Caller | None = request.user  # type: ignore[assignment]
        if caller is None:
            self._left = take_of_address(request._request)
        else:
            self._left = _take(request._request, "user", settings.USER_RATE, caller.sub)
        return self._left.is_allowed

    def wait(self) -> float:
        return self._left.wait


def take_of_address(request: HttpRequest) -> Left:
    """One request without a token, or with one that is not valid. Never asked about who has a valid one: nobody is
    refused for what others do at the same address."""
    return _take(request, "address", settings.ADDRESS_RATE, network_of(client_address(request)))


def client_address(request: HttpRequest) -> str:
    """As API Gateway has seen it, which overwrites the header. X-Forwarded-For says what a client likes."""
    return request.headers.get("x-client-ip") or request.META.get("REMOTE_ADDR", "")


def network_of(address: str) -> str:
    """One subscriber: an address of IPv4, even if written as one of IPv6; of IPv6 its first 64 bits, below which nobody
    runs out of addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _take(request: HttpRequest, policy: str, rate: tuple[int, int], key: str) -> Left:
    left = buckets(policy, *rate).take(key)
    request.__dict__["limit"] = (policy, rate, left)
    return left


def tell_limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """`RateLimit` and `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers-10 has them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "limit" in request.__dict__:
            policy, (most, seconds), left = request.__dict__["limit"]
            response.headers["RateLimit-Policy"] = f'"{policy}";q={most};w={seconds}'
            response.headers["RateLimit"] = f'"{policy}";r={left.remaining};t={math.ceil(left.wait)}'
        return response

    return middleware
