"""Every kind of fault at the address of Cognito's keys, which every operation of both APIs needs: served, or 503."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.test import override_settings

from tests.clients import POOL_ID, Api, User
from tests.faults.fault import Fault, How
from tests.faults.kinds import KINDS, Kind
from tests.faults.proxy import Proxy
from tests.faults.test_keys import ENDPOINT, Behind
from tests.faults.visitor import assert_unavailable, at_once
from tests.figures import Figures
from tests.operations import OPERATIONS
from todoproject.aws import cognito

BOUND = 5


@contextmanager
def fresh_start(fault: Fault) -> Iterator[Proxy]:
    """This process has no keys yet, and the way to them is broken."""
    with (
        Proxy(ENDPOINT) as proxy,
        override_settings(COGNITO_ISSUER=f"{proxy.url}/{POOL_ID}"),
        mock.patch.object(cognito, "keys", cognito.Keys(cognito._fetch_keys)),
    ):
        proxy.inject(fault)
        yield proxy


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_operation_is_served_or_refused_as_unavailable_and_never_as_unauthorized(alice: User, kind: Kind) -> None:
    with Figures("faults") as figures, fresh_start(kind.at("keys")) as proxy:
        api = Api(Behind.signed(proxy, alice))
        for operation in OPERATIONS:
            started = time.monotonic()
            answer = operation.call(api, operation.path(todo_id="none", file_id="none"))
            assert time.monotonic() - started < BOUND, f"{operation}: {kind}"
            served = answer.status_code in (operation.status, 200, 201, 400)
            assert served or not kind.passes, f"{operation}: {kind}"
            if not served:
                assert_unavailable(answer)
            figures.add(faults=1, requests=1, acknowledged=served, refused=not served)


def test_keys_that_come_byte_by_byte_are_not_waited_for_without_end(alice: User) -> None:
    with fresh_start(Fault(How.DRIP, seconds=(0, 6))) as proxy:
        api = Api(Behind.signed(proxy, alice))
        started = time.monotonic()
        for answer in at_once(*[lambda: api.get("/me/todos")] * 4):
            assert_unavailable(answer)
        assert time.monotonic() - started < BOUND
