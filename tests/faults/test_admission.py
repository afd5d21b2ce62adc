"""Who works, who waits and who is refused, by the clock; at a real server in test_worker.py and tests/load."""

import math
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.admission import LATE, MIN_CONCURRENCY, QUEUE_TIMEOUT, REGROWTH, Admission
from deploy.worker import Worker
from tests.key_server import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("deploy.admission.time", SimpleNamespace(monotonic=clock))
    return clock


def requests(number: int) -> list[Any]:
    return [SimpleNamespace(deadline=0.0, handed_over=0.0) for _ in range(number)]


def begin(admission: Admission) -> list[Any]:
    """Those who begin to work now."""
    begun: list[Any] = []
    while (one := admission.next()) is not None:
        admission.works(one)
        begun.append(one)
    return begun


def test_as_many_as_may_work_begin_and_half_as_many_wait_in_their_order(clock: Clock) -> None:
    admission, crowd = Admission(4), requests(7)
    for one in crowd[:4]:
        assert admission.admit(one)
        assert begin(admission) == [one]
    assert [admission.admit(one) for one in crowd[4:]] == [True, True, False]
    assert begin(admission) == []
    assert admission.seconds_to_expiry() == QUEUE_TIMEOUT
    admission.ended()
    assert begin(admission) == crowd[4:5]
    admission.ended()
    admission.ended()
    assert begin(admission) == crowd[5:6]
    assert admission.seconds_to_expiry() == math.inf
    assert (admission.refused(), admission.refused()) == (1, 0)


def test_who_comes_later_does_not_overtake_who_waits(clock: Clock) -> None:
    admission, [waits, later] = Admission(2), requests(2)
    for works in requests(2):
        admission.works(works)
    admission.admit(waits)
    admission.ended()
    assert not admission.admit(later)
    assert begin(admission) == [waits]
    assert waits.handed_over == clock.now


def test_who_has_waited_for_a_moment_is_refused_and_nobody_else(clock: Clock) -> None:
    admission, [early, late] = Admission(4), requests(2)
    for works in requests(4):
        admission.works(works)
    admission.admit(early)
    clock.now += QUEUE_TIMEOUT / 2
    admission.admit(late)
    assert admission.expire(all_who_wait=False) == []
    assert admission.seconds_to_expiry() == QUEUE_TIMEOUT / 2
    clock.now += QUEUE_TIMEOUT / 2
    assert admission.expire(all_who_wait=False) == [early]
    assert admission.refused() == 1
    assert admission.expire(all_who_wait=True) == [late]
    assert admission.refused() == 1


def test_with_each_refusal_one_less_waits_and_with_time_one_more(clock: Clock) -> None:
    def come(number: int) -> int:
        """How many of so many at once are let in; they get the places of others."""
        let_in = sum(admission.admit(one) for one in requests(number))
        for _ in range(let_in):
            admission.ended()
        assert len(begin(admission)) == let_in
        return let_in

    admission = Admission(8)
    for works in requests(8):
        admission.works(works)
    assert come(4) == 4
    assert come(6) == 4
    assert come(3) == 2
    assert come(2) == 1
    assert come(1) == 0
    clock.now += REGROWTH / 2
    assert come(2) == 2
    assert come(3) == 2
    clock.now += 10 * REGROWTH
    assert come(9) == 4


def test_a_place_that_is_free_is_given_though_somebody_was_just_refused(clock: Clock) -> None:
    admission, [works, waits, refused, next_one] = Admission(1), requests(4)
    admission.works(works)
    admission.admit(waits)
    assert not admission.admit(refused)
    admission.ended()
    begin(admission)
    admission.ended()
    assert admission.admit(next_one)
    assert begin(admission) == [next_one]


def test_with_each_that_begins_late_fewer_work_and_with_time_all_of_them_again(clock: Clock) -> None:
    def work_at_once() -> int:
        clock.now += REGROWTH
        for one in requests(20):
            admission.admit(one)
        begun = begin(admission)
        admission.expire(all_who_wait=True)
        for _ in begun:
            admission.ended()
        return len(begun)

    admission = Admission(10)
    [late, in_time] = requests(2)
    assert work_at_once() == 10
    late.handed_over = clock.now - 1.01 * LATE
    for _ in range(5):
        admission.began(late)
    assert MIN_CONCURRENCY < work_at_once() < 10
    for _ in range(100):
        admission.began(late)
    assert work_at_once() == MIN_CONCURRENCY
    in_time.handed_over = clock.now
    for _ in range(9):
        admission.began(in_time)
    assert work_at_once() == MIN_CONCURRENCY + 1
    for _ in range(20):
        admission.allow(1)
    assert work_at_once() == 10


def test_a_late_beginning_lets_no_more_work_than_may(clock: Clock) -> None:
    admission, [late] = Admission(1), requests(1)
    late.handed_over = clock.now - 2 * LATE
    admission.began(late)
    admission.works(late)
    for one in requests(3):
        admission.admit(one)
    assert begin(admission) == []


def worker_of(admission: Admission, **parts: Any) -> Any:
    worker = Worker.__new__(Worker)
    vars(worker).update(_admission=admission, **parts)
    return worker


def test_who_waits_begins_as_soon_as_somebody_else_has_been_answered() -> None:
    admission, [works, waits], begun = Admission(1), requests(2), []
    admission.works(works)
    assert admission.admit(waits)
    worker = worker_of(admission, enqueue_req=begun.append, _send=lambda connection: None)
    done: Future[bool] = Future()
    done.set_result(True)
    worker.finish_request(works, done)
    assert begun == [waits]


def test_the_loop_awakes_when_who_waits_has_waited_for_long_enough() -> None:
    admission, [works, waits], slept = Admission(1), requests(2), []
    worker = worker_of(admission, poller=SimpleNamespace(select=lambda timeout: slept.append(timeout) or []))
    worker.wait_for_and_dispatch_events(1.0)
    admission.works(works)
    assert admission.admit(waits)
    worker.wait_for_and_dispatch_events(1.0)
    assert slept[0] == 1.0
    assert slept[1] <= QUEUE_TIMEOUT
