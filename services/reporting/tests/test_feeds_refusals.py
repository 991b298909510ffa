"""Wrong questions to a feed: each is refused by its own name, and nothing is given away."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.clock import new_id

from .feeding import FeedWorld, code
from .given import Person


@pytest.fixture
async def two(feeds: FeedWorld) -> FeedWorld:
    await feeds.given(Person("kent").registered(), Person("essex").registered())
    return feeds


def from_the_future() -> UUID:
    """A version 7 id of tomorrow."""
    at = int((datetime.now(UTC) + timedelta(days=1)).timestamp() * 1000)
    return UUID(int=at << 80 | new_id().int & (1 << 80) - 1)


async def test_an_event_that_is_not_of_this_feed_is_unknown_whosever_it_is(two: FeedWorld) -> None:
    (theirs,) = await two.events("essex")
    told = []
    for last in (theirs["id"], str(uuid4()), str(from_the_future()), "0", "", "null", "%27--"):
        answer = await two.read(f"/feeds/kent/events?lastEventId={last}")
        assert code(answer) == (400, "position-unknown")
        told.append({k: v for k, v in answer.json().items() if k != "correlation_id"})
    assert all(each == told[0] for each in told)
    assert told[0]["field"] == "lastEventId"


async def test_an_unknown_event_is_refused_at_once_and_in_an_empty_feed_too(two: FeedWorld) -> None:
    for feed in ("kent", "surrey"):
        path = f"/feeds/{feed}/events?lastEventId={uuid4()}&timeout=30000"
        assert code(await two.read(path, feed)) == (400, "position-unknown")


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("limit=0", "limit", "greater-than-equal"),
        ("limit=-1", "limit", "greater-than-equal"),
        ("limit=1001", "limit", "less-than-equal"),
        ("limit=1000000000", "limit", "less-than-equal"),
        ("limit=many", "limit", "int-parsing"),
        ("timeout=-1", "timeout", "greater-than-equal"),
        ("timeout=30001", "timeout", "less-than-equal"),
        (f"lastEventId={'a' * 101}", "lastEventId", "string-too-long"),
    ],
)
async def test_a_number_out_of_bounds_is_named(
    two: FeedWorld, query: str, field: str, rule: str
) -> None:
    answer = await two.read(f"/feeds/kent/events?{query}")
    assert code(answer) == (422, "invalid")
    assert (answer.json()["field"], answer.json()["rule"]) == (field, rule)


@pytest.mark.parametrize(
    "types",
    [
        "npp.enrolment.learner-abolished.v1",
        "npp.enrolment.learner-registered.v1,nothing",
        # Stands in no feed: it names two forces.
        "npp.enrolment.learner-transferred.v1",
        "npp.enrolment.learner-registered.v2",
        "",
        ",",
        "*",
    ],
)
async def test_a_type_that_is_in_no_feed_is_named(two: FeedWorld, types: str) -> None:
    answer = await two.read(f"/feeds/kent/events?types={types}")
    assert code(answer) == (422, "type-unknown")
    assert "npp.reporting.learner-left.v1" in answer.json()["facts"]["known"]


async def test_a_day_that_has_not_begun_has_no_manifest(two: FeedWorld) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    answer = await two.read(f"/feeds/kent/manifests/{tomorrow}")
    assert code(answer) == (422, "day-to-come")
    for day in ("today", "2026-02-30", "0"):
        assert code(await two.read(f"/feeds/kent/manifests/{day}")) == (422, "invalid")
    for limit in (0, 10**9):
        answer = await two.read(f"/feeds/kent/manifests?limit={limit}")
        assert code(answer) == (422, "invalid")
