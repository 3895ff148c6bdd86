"""The wait grows with each failure and goes away with time or a right password."""

from __future__ import annotations

import pytest

from fronteras import throttle
from fronteras.throttle import Pace, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slow(clock: Clock) -> Throttle:
    return Throttle(Pace(free=2, first=5, longest=40, forget=100), clock)


def test_the_first_failures_are_free(slow: Throttle) -> None:
    assert slow.wait("a") == 0
    slow.begin("a")
    assert slow.wait("a") == 0


def test_the_wait_doubles_up_to_the_longest(slow: Throttle, clock: Clock) -> None:
    waits = []
    for _ in range(7):
        slow.begin("a")
        waits.append(slow.wait("a"))
        clock.now += waits[-1]
        assert slow.wait("a") == 0
    assert waits == [0, 5, 10, 20, 40, 40, 40]


def test_each_key_waits_for_itself(slow: Throttle) -> None:
    for _ in range(5):
        slow.begin("guesser")
    assert slow.wait("guesser") > 0
    assert slow.wait("classmate") == 0


def test_tries_at_the_same_time_all_count(slow: Throttle) -> None:
    for _ in range(1000):
        slow.begin("a")
    assert slow.wait("a") == 40


def test_a_right_password_clears(slow: Throttle) -> None:
    for _ in range(5):
        slow.begin("a")
    slow.succeeded("a")
    assert slow.wait("a") == 0


def test_one_failure_can_be_forgiven(slow: Throttle) -> None:
    for key in ("a", "a", "never seen"):
        slow.begin(key)
    slow.forgive("a")
    assert slow.wait("a") == 0
    slow.forgive("nobody")
    slow.begin("a")
    assert slow.wait("a") == 5


def test_time_makes_it_forget(slow: Throttle, clock: Clock) -> None:
    for _ in range(5):
        slow.begin("a")
    clock.now += 101
    assert slow.wait("a") == 0
    slow.begin("a")
    assert slow.wait("a") == 0


def test_it_stays_small_and_keeps_who_tried_last(
    slow: Throttle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "_MOST_KEYS", 100)
    for number in range(1000):
        clock.now += 0.01
        slow.begin(number)
    assert len(slow._tries) <= 100
    slow.begin(999)
    assert slow.wait(999) > 0
