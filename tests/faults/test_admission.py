"""Who works, who waits and who is refused, by the clock; at a real server in test_worker.py and tests/load."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from deploy import admission
from deploy.admission import FEWEST, LATE, MOMENT, REGROWTH, Admission


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(admission, "time", clock)
    return clock


def requests(number: int) -> list[Any]:
    return [SimpleNamespace(deadline=0.0, handed_over=0.0) for _ in range(number)]


def begin(door: Admission) -> list[Any]:
    """Those who begin to work now."""
    begun: list[Any] = []
    while (one := door.next()) is not None:
        door.works(one)
        begun.append(one)
    return begun


def test_as_many_as_may_work_begin_and_half_as_many_wait_in_their_order(clock: Clock) -> None:
    door, crowd = Admission(4), requests(7)
    for one in crowd[:4]:
        assert door.admit(one)
        assert begin(door) == [one]
    assert [door.admit(one) for one in crowd[4:]] == [True, True, False]
    assert begin(door) == []
    assert door.patience() == MOMENT
    door.ended()
    assert begin(door) == crowd[4:5]
    door.ended()
    door.ended()
    assert begin(door) == crowd[5:6]
    assert door.patience() == math.inf
    assert (door.refused(), door.refused()) == (1, 0)


def test_who_comes_later_does_not_overtake_who_waits(clock: Clock) -> None:
    door, [waits, later] = Admission(2), requests(2)
    for works in requests(2):
        door.works(works)
    door.admit(waits)
    door.ended()
    assert not door.admit(later)
    assert begin(door) == [waits]
    assert waits.handed_over == clock.now


def test_who_has_waited_for_a_moment_is_refused_and_nobody_else(clock: Clock) -> None:
    door, [early, late] = Admission(4), requests(2)
    for works in requests(4):
        door.works(works)
    door.admit(early)
    clock.now += MOMENT / 2
    door.admit(late)
    assert door.give_up(all_who_wait=False) == []
    assert door.patience() == MOMENT / 2
    clock.now += MOMENT / 2
    assert door.give_up(all_who_wait=False) == [early]
    assert door.refused() == 1
    assert door.give_up(all_who_wait=True) == [late]
    assert door.refused() == 1


def test_with_each_refusal_one_less_waits_and_with_time_one_more(clock: Clock) -> None:
    def come(number: int) -> int:
        """How many of so many at once are let in; they get the places of others."""
        let_in = sum(door.admit(one) for one in requests(number))
        for _ in range(let_in):
            door.ended()
        assert len(begin(door)) == let_in
        return let_in

    door = Admission(8)
    for works in requests(8):
        door.works(works)
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
    door, [works, waits, refused, next_one] = Admission(1), requests(4)
    door.works(works)
    door.admit(waits)
    assert not door.admit(refused)
    door.ended()
    begin(door)
    door.ended()
    assert door.admit(next_one)
    assert begin(door) == [next_one]


def test_with_each_that_begins_late_fewer_work_and_with_time_all_of_them_again(clock: Clock) -> None:
    def work_at_once() -> int:
        clock.now += REGROWTH
        for one in requests(20):
            door.admit(one)
        begun = begin(door)
        door.give_up(all_who_wait=True)
        for _ in begun:
            door.ended()
        return len(begun)

    door = Admission(10)
    [late, in_time] = requests(2)
    assert work_at_once() == 10
    late.handed_over = clock.now - 1.01 * LATE
    for _ in range(5):
        door.began(late)
    assert FEWEST < work_at_once() < 10
    for _ in range(100):
        door.began(late)
    assert work_at_once() == FEWEST
    in_time.handed_over = clock.now
    for _ in range(9):
        door.began(in_time)
    assert work_at_once() == FEWEST + 1
    for _ in range(20):
        door.allow(1)
    assert work_at_once() == 10


def test_a_late_beginning_lets_no_more_work_than_may(clock: Clock) -> None:
    door, [late] = Admission(1), requests(1)
    late.handed_over = clock.now - 2 * LATE
    door.began(late)
    door.works(late)
    for one in requests(3):
        door.admit(one)
    assert begin(door) == []
