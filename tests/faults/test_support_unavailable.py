"""The admin while DynamoDB does not answer: a page for people, whichever call it is that fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.clients import User
from tests.faults.fault import CUT_SHORT, DROPPED, HELD, REFUSAL_CUT_SHORT, RESET, Fault
from tests.faults.proxy import Proxy
from tests.faults.test_lost_answers_of_support import CHANGES, Case
from tests.faults.visitor import Visitor
from tests.faults.world import new_world
from tests.support.staff import LOGIN, Member
from tests.support.trail import acts_of, events_of
from todoproject.api.problems import Unavailable
from todoproject.support.sign_in import REFUSED

pytestmark = pytest.mark.usefixtures("visitor")


@pytest.fixture
def member() -> Member:
    """Of the test's own: some of these sign out."""
    return Member.signed_in("support")


def assert_unavailable_page(answer: Any) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8"), answer.content
    assert Unavailable.detail in answer.content.decode()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


ACTS: dict[str, Callable[[Member], Any]] = {
    "a page": lambda member: member.get("/admin/"),
    "a list": lambda member: member.get("/admin/support/event/"),
    "a page that is none": lambda member: member.get("/admin/nonsense"),
    "the steps of a sign-in": lambda member: member.get("/admin/login/enrol/"),
    "the sign-in": lambda member: member.sign_in(),
    "the sign-out": lambda member: member.post("/admin/logout/", {}),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_without_dynamodb_there_is_a_page_that_says_so(member: Member, dynamodb: Proxy, act: Any) -> None:
    dynamodb.inject(RESET)
    assert_unavailable_page(act(member))


@pytest.mark.parametrize("fault", [CUT_SHORT, REFUSAL_CUT_SHORT], ids=["a success", "a refusal"])
def test_what_cognito_answers_is_not_taken_where_it_is_cut_short(alice: User, fault: Fault) -> None:
    with new_world(AWS_ATTEMPTS=1) as world:
        member = Member.signed_in("support")
        world.proxies["cognito"].inject(fault)
        act = {"act": "disable", "reason": "Request 4711"}
        assert_unavailable_page(member.post(f"/admin/support/customer/{alice.sub}/act/", act))


def test_a_code_whose_answer_is_lost_is_not_taken_for_a_wrong_one() -> None:
    member = Member.create("support")
    with new_world(AWS_ATTEMPTS=2) as world:
        world.proxies["cognito"].inject(DROPPED, "AdminRespondToAuthChallenge", times=1)
        assert_unavailable_page(member.sign_in())
        assert len(world.proxies["cognito"].calls("AdminRespondToAuthChallenge")) == 2
    assert events_of("-", staffName=member.email) == []
    assert member.sign_in().status_code == 302


@pytest.mark.parametrize("wrong", [{"code": "000000"}, {"password": "Wrong-password-12"}], ids=["code", "password"])
def test_what_is_wrong_stays_so_and_counts_where_an_answer_is_lost(wrong: dict[str, str]) -> None:
    member = Member.create("support")
    with new_world(AWS_ATTEMPTS=2) as world:
        world.proxies["cognito"].inject(DROPPED, "AdminRespondToAuthChallenge", times=1)
        assert REFUSED in member.sign_in(**wrong).content.decode()
        assert len(world.proxies["cognito"].calls("AdminRespondToAuthChallenge")) == 2
    assert [event["outcome"] for event in events_of("-", staffName=member.email)] == ["refused"]


def test_a_forged_form_is_refused_without_dynamodb_too(member: Member, dynamodb: Proxy) -> None:
    dynamodb.inject(RESET)
    answer = member.browser.post("/admin/todos/todo/", {})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_a_session_that_cannot_be_saved_after_a_change_is_a_page_too(
    visitor: Visitor, member: Member, dynamodb: Proxy
) -> None:
    prepared = Case.prepare(visitor, member, CHANGES["edit"])
    dynamodb.inject(RESET, "PutItem")
    assert_unavailable_page(prepared.do())
    dynamodb.clear()
    assert prepared.outcome() == (True, 1, 1)


@pytest.mark.parametrize("times", [1, 2])
def test_a_sign_out_whose_answer_is_lost_is_on_record_once(member: Member, dynamodb: Proxy, times: int) -> None:
    dynamodb.inject(DROPPED, "TransactWriteItems", times=times)
    assert member.post("/admin/logout/", {}).headers["Location"] == LOGIN
    assert acts_of(member.sub) == [("sign-in", "done"), ("sign-out", "done")]


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem", "TransactWriteItems"])
def test_a_sign_out_is_on_record_when_the_session_has_ended_and_only_then(
    member: Member, dynamodb: Proxy, operation: str
) -> None:
    dynamodb.inject(RESET, operation)
    member.post("/admin/logout/", {})
    dynamodb.clear()
    has_ended = member.get("/admin/").status_code == 302
    assert acts_of(member.sub)[1:] == ([("sign-out", "done")] if has_ended else [])


def test_whoever_is_signed_out_in_the_middle_of_a_change_is_told(
    visitor: Visitor, member: Member, dynamodb: Proxy
) -> None:
    prepared = Case.prepare(visitor, member, CHANGES["edit"])
    other_tab = Member(member.email, member.sub)
    other_tab.get(LOGIN)
    other_tab.browser.cookies["__Secure-support_session"] = member.browser.cookies["__Secure-support_session"].value
    dynamodb.inject(HELD, "PutItem")
    with ThreadPoolExecutor(1) as threads:
        changing = threads.submit(prepared.do)
        dynamodb.wait_for("PutItem")
        assert other_tab.post("/admin/logout/", {}).status_code == 302
        dynamodb.clear()
        dynamodb.release()
    answer = changing.result()
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "You were signed out in the middle of this." in answer.content.decode()
    assert prepared.outcome() == (True, 1, 1)
