"""Who comes in, who does not, and how a session ends."""

import os
import re
import time
import uuid
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from django.test import Client

from deploy.local import resources
from deploy.local.cognito import totp
from tests.clients import PASSWORD as CUSTOMERS_PASSWORD
from tests.clients import User
from tests.faults.server import serving
from tests.support.staff import LOGIN, PASSWORD, Member, code_of, new_browser, text_of
from tests.support.trail import acts_of, events_of
from todoproject.aws import user_pools
from todoproject.support.models import SessionModel, StaffModel
from todoproject.support.sessions import IDLE_SECONDS, LONGEST_SECONDS

REFUSED = "Signing in did not work."


def is_signed_in(member: Member) -> bool:
    answer = member.get("/admin/")
    assert answer.status_code == 200 or answer.headers["Location"] == f"{LOGIN}?next=/admin/"
    return answer.status_code == 200


def refusal(answer: HttpResponse, email: str) -> str:
    assert answer.status_code == 200
    assert REFUSED in answer.content.decode()
    assert "__Secure-support_session" not in answer.cookies
    return text_of(answer).replace(email, "<email>")


def test_every_refusal_looks_the_same(alice: User) -> None:
    right = Member.create("support")
    answers = {
        "wrong password": refusal(right.sign_in(password="Wrong-password-12"), right.email),
        "wrong code": refusal(right.sign_in(code="000000"), right.email),
        "no code": refusal(right.sign_in(code=""), right.email),
        "nobody": refusal(right.sign_in(email="nobody@example.com"), "nobody@example.com"),
    }
    without_group = Member.create()
    answers["without a group"] = refusal(without_group.sign_in(), without_group.email)
    other_group = Member.create("support")
    disabled = Member.create("support")
    code = code_of(disabled.email)
    cognito = resources.client("cognito-idp", os.environ)
    cognito.admin_disable_user(UserPoolId=os.environ["STAFF_USER_POOL_ID"], Username=disabled.email)
    answers["disabled"] = refusal(disabled.sign_in(code=code), disabled.email)
    customer = other_group.sign_in(email=alice.email, password=CUSTOMERS_PASSWORD)
    answers["a customer"] = refusal(customer, alice.email)
    # What was typed as the code comes back in the form, and is all that differs.
    assert {re.sub(r'name="code"[^>]*>', "", answer) for answer in answers.values()} == {
        re.sub(r'name="code"[^>]*>', "", answers["wrong password"])
    }


def test_every_refusal_asks_cognito_for_the_same(request: pytest.FixtureRequest) -> None:
    """How long it takes does not tell what was wrong either."""
    asked: list[str] = []

    def note(*, model: Any, **_: Any) -> None:
        asked.append(model.name)

    events = user_pools.client().meta.events
    events.register("before-call.cognito-idp", note)
    request.addfinalizer(lambda: events.unregister("before-call.cognito-idp", note))
    member = Member.create("support")
    for wrong in ({"password": "Wrong-password-12"}, {"code": "000000"}, {"code": ""}, {"email": "nobody@example.com"}):
        asked.clear()
        refusal(member.sign_in(**wrong), member.email)
        assert asked == ["AdminInitiateAuth", "AdminRespondToAuthChallenge"], wrong


def test_nobody_comes_in_by_the_password_alone_should_the_pool_ask_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    member = Member.create("support")
    monkeypatch.setattr("todoproject.aws.user_pools.start_sign_in", lambda username, password: None)
    refusal(member.sign_in(), member.email)
    assert not is_signed_in(member)


def test_a_refusal_is_on_record_and_holds_no_password() -> None:
    member = Member.create("support")
    member.sign_in(password="Wrong-password-12")
    [event] = events_of("-", action="sign-in", outcome="refused", staffName=member.email)
    assert (event["staffID"], event["address"]) == ("-", "127.0.0.1")
    assert "Wrong-password-12" not in str(event)


def test_a_member_signs_in_and_lands_where_they_wanted() -> None:
    member = Member.create("support")
    answer = member.sign_in(next="/admin/support/event/?day=2026-01-01")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/support/event/?day=2026-01-01")
    assert acts_of(member.sub) == [("sign-in", "done")]
    cookie = answer.cookies["__Secure-support_session"]
    assert (cookie["path"], cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, True, "Lax")


@pytest.mark.parametrize("wanted", ["https://evil.example/admin/", "//evil.example/", "/me/todos", "/admin"])
def test_a_sign_in_never_leads_elsewhere(wanted: str) -> None:
    answer = Member.create("support").sign_in(next=wanted)
    assert answer.status_code == 302
    assert answer.headers["Location"] in (
        "/admin/",
        wanted.replace("\\", "%5C") if wanted.startswith("/admin/") else "",
    )


def test_a_signed_out_session_is_worth_nothing_however_often_its_cookie_is_sent() -> None:
    member = Member.signed_in("support")
    stolen = member.browser.cookies["__Secure-support_session"].value
    assert is_signed_in(member)
    assert member.post("/admin/logout/", {}).status_code == 302
    assert acts_of(member.sub)[-1] == ("sign-out", "done")
    thief = Member(member.email, member.sub, new_browser())
    thief.browser.cookies["__Secure-support_session"] = stolen
    assert not is_signed_in(thief)


@pytest.mark.parametrize("ended", ["idle", "after the longest time"])
def test_a_session_ends_by_itself(ended: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member = Member.signed_in("support")
    now = time.time()
    step = IDLE_SECONDS - 60
    if ended == "idle":
        monkeypatch.setattr("time.time", lambda: now + IDLE_SECONDS + 5)
    else:
        for later in range(step, LONGEST_SECONDS, step):
            monkeypatch.setattr("time.time", lambda later=later: now + later)
            assert is_signed_in(member)
        monkeypatch.setattr("time.time", lambda: now + LONGEST_SECONDS + 5)
    assert not is_signed_in(member)


def stale(member: Member) -> None:
    """The minute after which the groups are asked for again is over."""
    StaffModel(f"staff#{member.sub}").update([StaffModel.checked_at.set(0)])


@pytest.mark.parametrize("change", ["other group", "no group", "disabled", "deleted"])
def test_a_change_of_groups_ends_the_session(change: str) -> None:
    member = Member.signed_in("support")
    cognito = resources.client("cognito-idp", os.environ)
    who = {"UserPoolId": os.environ["STAFF_USER_POOL_ID"], "Username": member.email}
    if change in ("other group", "no group"):
        cognito.admin_remove_user_from_group(**who, GroupName="support")
    if change == "other group":
        cognito.admin_add_user_to_group(**who, GroupName="support-readonly")
    if change == "disabled":
        cognito.admin_disable_user(**who)
    if change == "deleted":
        cognito.admin_delete_user(**who)
    stale(member)
    assert not is_signed_in(member)
    if change == "other group":
        assert member.sign_in().status_code == 302
        assert is_signed_in(member)


def test_a_session_goes_on_while_the_groups_are_the_same() -> None:
    member = Member.signed_in("support")
    stale(member)
    assert is_signed_in(member)


def test_each_sign_in_has_a_session_of_its_own() -> None:
    """What somebody else has put into a browser, or still has from before, is not what is signed in."""
    name = "__Secure-support_session"
    member = Member.create("support")
    seen = ["a" * 32]
    member.browser.cookies[name] = seen[0]
    for _ in range(2):
        assert member.sign_in().status_code == 302
        seen.append(member.browser.cookies[name].value)
    assert len(set(seen)) == 3
    answers = []
    for key in seen:
        member.browser.cookies[name] = key
        answers.append(is_signed_in(member))
    assert answers == [False, False, True]


def test_the_table_holds_no_session_that_could_be_used() -> None:
    member = Member.signed_in("support")
    cookie = member.browser.cookies["__Secure-support_session"].value
    stored = list(SessionModel.scan())
    assert stored
    assert not any(cookie in f"{each.record_id}{each.attribute_values.get('content')}" for each in stored)


def test_a_first_sign_in_chooses_a_password_and_enrols_an_app_whose_secret_is_shown_once() -> None:
    email = f"staff-{uuid.uuid4().hex[:12]}@example.com"
    member = Member(
        email, resources.invite_staff(os.environ, email=email, password="Temporary-pass-1", groups=["support"])
    )

    answer = member.sign_in(password="Temporary-pass-1", code="")
    assert answer.headers["Location"] == "/admin/login/password/"
    short = member.post("/admin/login/password/", {"password": "short", "repeated": "short"})
    assert "Password not long enough" in short.content.decode()
    answer = member.post("/admin/login/password/", {"password": PASSWORD, "repeated": PASSWORD})
    assert answer.headers["Location"] == "/admin/login/enrol/"

    page = member.get("/admin/login/enrol/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert "<svg" in page
    assert secret is not None
    key = secret[1].replace(" ", "")
    wrong = next(each for each in ("000000", "000001", "000002", "000003") if not totp.Authenticator(key).step_of(each))
    again = member.post("/admin/login/enrol/", {"code": wrong})
    assert again.status_code == 200
    assert secret[1] not in again.content.decode()
    assert not is_signed_in(member)

    done = member.post("/admin/login/enrol/", {"code": totp.code(key)})
    assert (done.status_code, done.headers["Location"]) == (302, "/admin/")
    assert is_signed_in(member)


def test_whoever_enrols_without_a_group_does_not_come_in_and_is_on_record() -> None:
    member = Member.create(enrolled=False)
    assert member.sign_in(code="").headers["Location"] == "/admin/login/enrol/"
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", member.get("/admin/login/enrol/").content.decode())
    assert secret is not None
    answer = member.post("/admin/login/enrol/", {"code": totp.code(secret[1].replace(" ", ""))})
    assert (answer.status_code, answer.headers["Location"]) == (302, LOGIN)
    assert not is_signed_in(member)
    assert [event["action"] for event in events_of("-", outcome="refused", staffName=member.email)] == ["sign-in"]


def test_the_steps_of_a_first_sign_in_are_for_whoever_began_one() -> None:
    for path in ("/admin/login/password/", "/admin/login/enrol/"):
        assert Client().get(path).headers["Location"] == LOGIN


def test_two_processes_share_a_session() -> None:
    member = Member.signed_in("support")
    cookie = {"Cookie": f"__Secure-support_session={member.browser.cookies['__Secure-support_session'].value}"}
    with serving("todos", "todos") as servers:

        def index(server: int) -> int:
            url = f"{servers[server].url}/admin/"
            return requests.get(url, headers=cookie, allow_redirects=False, timeout=10).status_code

        assert [index(0), index(1)] == [200, 200]
        css = requests.get(f"{servers[0].url}/admin/static/admin/css/base.css", timeout=10)
        assert (css.status_code, css.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert member.post("/admin/logout/", {}).status_code == 302
        assert [index(0), index(1)] == [302, 302]


def test_the_files_role_has_no_admin() -> None:
    with serving("files") as [server]:
        answer = requests.get(f"{server.url}/admin/", timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
