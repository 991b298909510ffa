"""Given what is known of the keys, when a batch comes, then this is applied and that waits."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chassis.consumer.ordering import Blocked, Key, plan
from chassis.consumer.received import Received
from chassis.kafka import Record
from npp_contracts.envelope import Envelope

TYPE = "npp.portfolio.portfolio-submitted.v1"


def event(key: str, sequence: int, problem: str | None = None, handled: bool = True) -> Received:
    envelope = Envelope(
        id=UUID(int=sequence),
        type=TYPE,
        source="/npp/portfolio",
        subject=key,
        time=datetime(2026, 6, 15, tzinfo=UTC),
        dataschema=f"urn:npp:schema:{TYPE}",
        correlationid="test",
        causationid=None,
        sequence=sequence,
        forceid="derbyshire",
        traceparent=None,
        data=b"{}",
    )
    record = Record("topic", 0, sequence, 0.0, key.encode(), [], b"{}")
    return Received(record, envelope, object() if handled and not problem else None, problem)


def sequences(events: list[Received]) -> list[Any]:
    return [(e.envelope.subject, e.envelope.sequence) for e in events if e.envelope]


def test_the_next_sequence_is_fresh_and_an_old_one_a_duplicate() -> None:
    result = plan([event("a", 2), event("a", 3), event("a", 3)], {"a": Key(2)})
    assert sequences(result.fresh) == [("a", 3)]
    assert result.duplicate == 2
    assert result.changed == {"a": Key(3)}


def test_an_event_that_comes_too_early_waits_and_is_released_by_the_missing_one() -> None:
    early = plan([event("a", 2), event("b", 1)], {})
    assert sequences(early.parked) == [("a", 2)]
    assert sequences(early.fresh) == [("b", 1)]
    assert early.changed["a"] == Key(0, Blocked.GAP)
    late = plan([event("a", 1)], early.changed)
    assert sequences(late.fresh) == [("a", 1)]
    assert late.released == {"a"}


def test_an_unreadable_event_is_buried_and_holds_back_its_key_only() -> None:
    result = plan([event("a", 1, "truncated"), event("a", 2), event("b", 1)], {})
    assert sequences(result.dead) == [("a", 1)]
    assert sequences(result.parked) == [("a", 2)]
    assert sequences(result.fresh) == [("b", 1)]
    assert result.changed["a"] == Key(0, Blocked.DEAD)


def test_a_dead_letter_delivered_again_is_a_duplicate() -> None:
    result = plan([event("a", 1, "truncated")], {"a": Key(0, Blocked.DEAD)})
    assert (result.duplicate, result.dead) == (1, [])


def test_a_record_without_a_readable_envelope_is_buried_and_blocks_nobody() -> None:
    nameless = Received(Record("topic", 0, 0, 0.0, b"a", [], b""), None, None, "ce_id: missing")
    result = plan([nameless, event("a", 1)], {})
    assert result.dead == [nameless]
    assert sequences(result.fresh) == [("a", 1)]


def test_a_type_nobody_handles_is_skipped_and_counts_in_the_sequence() -> None:
    result = plan([event("a", 1, handled=False), event("a", 2)], {})
    assert (result.skipped, sequences(result.fresh)) == (1, [("a", 2)])


def test_a_failed_handler_is_buried_when_told_to() -> None:
    result = plan([event("a", 1)], {}, bury=True)
    assert sequences(result.dead) == [("a", 1)]
    assert result.changed["a"] == Key(0, Blocked.DEAD)


ARRIVALS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=40)


@given(ARRIVALS, st.integers(1, 7))
def test_whatever_arrives_each_key_is_applied_in_order_once_and_all_is_counted(
    arrivals: list[tuple[str, int]], size: int
) -> None:
    known: dict[str, Key] = {}
    applied: list[Any] = []
    waiting: set[Any] = set()
    for start in range(0, len(arrivals), size):
        batch = [event(key, sequence) for key, sequence in arrivals[start : start + size]]
        result = plan(batch, known)
        assert len(batch) == (
            len(result.fresh) + len(result.parked) + result.duplicate + result.skipped
        ) + len(result.dead)
        known |= result.changed
        applied += sequences(result.fresh)
        waiting |= set(sequences(result.parked))
        for key in result.released:
            while (key, known[key].sequence + 1) in waiting:
                known[key] = Key(known[key].sequence + 1, known[key].blocked)
                applied.append((key, known[key].sequence))
    for key in "abc":
        arrived = {sequence for name, sequence in arrivals if name == key}
        reach = next(n for n in range(8) if n + 1 not in arrived)
        assert [s for name, s in applied if name == key] == list(range(1, reach + 1))
