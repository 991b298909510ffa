"""When what is sent: lanes, retries, pauses and giving up, without a clock or a network."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from reporting.domain.webhooks import (
    FAILURES_TO_PAUSE,
    PATIENCE,
    Attempt,
    Delivery,
    Health,
    Outcome,
    given_up,
    lanes,
    next_due,
    probe,
    retry_at,
)

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
FAILED = Attempt(Outcome.REJECTED, 500)


def delivery(ticket: int, key: str, next_at: datetime = NOW, attempts: int = 0) -> Delivery:
    return Delivery(ticket, key, ticket, attempts, None, next_at)


def tickets(found: list[list[Delivery]]) -> list[list[int]]:
    return [[each.ticket for each in lane] for lane in found]


def test_what_is_due_goes_by_key_in_its_order() -> None:
    waiting = [delivery(3, "a"), delivery(1, "a"), delivery(2, "b")]
    assert tickets(lanes(waiting, NOW)) == [[1, 3], [2]]


def test_a_refused_delivery_holds_back_its_key_and_no_other() -> None:
    waiting = [delivery(1, "a", LATER), delivery(2, "b"), delivery(3, "a"), delivery(4, "b")]
    assert tickets(lanes(waiting, NOW)) == [[2, 4]]
    assert tickets(lanes(waiting, LATER)) == [[1, 3], [2, 4]]


def test_the_next_turn_is_when_the_first_of_a_key_is_due() -> None:
    waiting = [delivery(1, "a", LATER), delivery(2, "a", NOW)]
    assert next_due(waiting) == LATER
    assert next_due([]) is None


def test_retries_come_within_two_days_farther_and_farther_apart() -> None:
    at, times = NOW, []
    for attempts in range(1, 40):
        at = retry_at(attempts, FAILED, at, chance=1.0)
        times.append(at)
    waits = [after - before for before, after in pairwise(times)]
    assert waits == sorted(waits)
    assert times[0] - NOW == timedelta(seconds=5)
    assert max(waits) == timedelta(hours=4)
    assert 15 <= sum(each - NOW < PATIENCE for each in times) <= 20


def test_chance_spreads_retries_over_half_of_the_wait() -> None:
    first, last = (retry_at(1, FAILED, NOW, chance) - NOW for chance in (0.0, 1.0))
    assert (first, last) == (timedelta(seconds=2.5), timedelta(seconds=5))


@pytest.mark.parametrize(("asked", "waits"), [(60, 60), (0, 5), (10**6, 4 * 3600)])
def test_an_answer_may_ask_for_a_longer_wait_up_to_a_bound(asked: int, waits: int) -> None:
    busy = Attempt(Outcome.REJECTED, 429, retry_after=timedelta(seconds=asked))
    assert retry_at(1, busy, NOW, 1.0) - NOW == timedelta(seconds=waits)


def failed(times: int, every: timedelta = timedelta(hours=2)) -> Health:
    health = Health()
    for n in range(times):
        health = health.failed(NOW + n * every, chance=1.0)
    return health


def test_an_endpoint_that_fails_again_and_again_is_paused_for_longer_each_time() -> None:
    assert failed(FAILURES_TO_PAUSE - 1).open_until is None
    for more, seconds in ((0, 30), (1, 60), (2, 120), (50, 3600)):
        health = failed(FAILURES_TO_PAUSE + more)
        last = NOW + (FAILURES_TO_PAUSE + more - 1) * timedelta(hours=2)
        assert health.open_until == last + timedelta(seconds=seconds)
        assert health.paused(last)
        assert not health.paused(last + timedelta(seconds=seconds))


def test_what_was_under_way_when_the_pause_began_does_not_make_it_longer() -> None:
    paused = failed(FAILURES_TO_PAUSE, timedelta())
    assert paused.failed(NOW, 1.0) == paused


def test_a_paused_endpoint_is_tried_with_what_was_refused_least() -> None:
    ready = [[delivery(1, "a", attempts=9)], [delivery(2, "b"), delivery(3, "b")]]
    assert tickets(probe(ready)) == [[2]]
    assert probe([]) == []


def tried_since(first_at: datetime) -> Delivery:
    return Delivery(1, "a", 1, 15, first_at, NOW)


def test_one_delivery_is_given_up_after_two_days_if_others_are_accepted() -> None:
    assert given_up(tried_since(NOW - PATIENCE), Health(1, NOW), NOW)
    assert not given_up(tried_since(NOW - PATIENCE + timedelta(seconds=1)), Health(1, NOW), NOW)
    assert not given_up(delivery(1, "a"), Health(1, NOW), NOW)


def test_nothing_is_given_up_at_an_address_that_accepts_nothing() -> None:
    silent = Health(20, NOW - PATIENCE)
    assert silent.lost(NOW)
    assert not given_up(tried_since(NOW - PATIENCE), silent, NOW)
