"""Each invariant fails on a ledger that has the very defect it is there to find."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from . import invariants
from .invariants import Counted
from .ledger import Fact, Ledger, Seen, Settled
from .watch import Outage, Sample, alive_throughout, readiness_follows

TOPIC = "npp.enrolment.learners"
GROUP = "reporting.learners"
CONSUMED = {"reporting": {GROUP: [TOPIC]}}


def fact(key: str, sequence: int) -> Fact:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    name = f"{key}/{sequence}"
    return Fact("enrolment", name, TOPIC, key, "changed", sequence, "kent", at, "{}")


def published(facts: Iterable[Fact]) -> list[Seen]:
    return [Seen(TOPIC, 0, n, f.key, f.id, f.sequence) for n, f in enumerate(facts)]


FACTS = [fact("a", 1), fact("b", 1), fact("a", 2), fact("a", 3)]
RECORDS = published(FACTS)
SETTLED = Settled(
    "reporting", {(GROUP, TOPIC, 0): 4}, {(GROUP, TOPIC, "a"): 3, (GROUP, TOPIC, "b"): 1}, [], {}, 0
)
LEDGER = Ledger(FACTS, RECORDS, [SETTLED], ends={(TOPIC, 0): 4})


def test_a_sound_ledger_has_no_violations() -> None:
    assert invariants.nothing_lost(FACTS, RECORDS) == []
    assert invariants.nothing_invented(FACTS, RECORDS) == []
    assert invariants.nothing_overtaken(RECORDS) == []
    assert invariants.all_settled(LEDGER, CONSUMED) == []
    assert invariants.at_rest(LEDGER, CONSUMED) == []


def test_an_event_that_no_topic_has_is_lost() -> None:
    (said,) = invariants.nothing_lost(FACTS, RECORDS[:-1])
    assert "a/3" in said


def test_an_event_in_another_topic_is_lost() -> None:
    elsewhere = [*RECORDS[:-1], replace(RECORDS[-1], topic="npp.enrolment.enrolments")]
    assert invariants.nothing_lost(FACTS, elsewhere)


@pytest.mark.parametrize(
    "strange",
    [
        Seen(TOPIC, 0, 4, "a", "rolled-back", 4),
        Seen(TOPIC, 0, 4, "a", None, None),
        Seen(TOPIC, 0, 4, "b", "a/3", 3),
        Seen(TOPIC, 0, 4, "a", "a/3", 2),
    ],
    ids=["unknown id", "no id", "another key", "another version"],
)
def test_a_record_of_no_event_is_invented(strange: Seen) -> None:
    assert invariants.nothing_invented(FACTS, [*RECORDS, strange])


def test_a_version_before_its_predecessor_is_overtaken() -> None:
    swapped = published([FACTS[0], FACTS[3], FACTS[2], FACTS[1]])
    (said,) = invariants.nothing_overtaken(swapped)
    assert "version 3 after 1" in said
    assert invariants.nothing_overtaken(swapped, frozenset("a")) == []


def test_a_version_after_a_missing_one_is_overtaken() -> None:
    assert invariants.nothing_overtaken([RECORDS[0], RECORDS[3]])


def test_a_repetition_does_not_count_as_an_order() -> None:
    assert invariants.nothing_overtaken([*RECORDS, *RECORDS]) == []


def test_a_key_in_two_partitions_has_no_order() -> None:
    assert invariants.nothing_overtaken([*RECORDS[:2], replace(RECORDS[2], partition=1)])


def test_duplicates_need_a_crash() -> None:
    twice = replace(LEDGER, records=[*RECORDS, RECORDS[1]])
    assert twice.duplicates == 1
    assert invariants.few_duplicates(twice.duplicates, crashes=0)
    assert not invariants.few_duplicates(twice.duplicates, crashes=1)
    assert invariants.few_duplicates(invariants.BATCH + 1, crashes=1)
    assert invariants.few_duplicates(1, crashes=1, allowed=0)


def test_only_what_was_in_hand_may_be_sent_again() -> None:
    twice = replace(LEDGER, records=[*RECORDS, RECORDS[1]])
    assert invariants.only_these(twice.repeated, frozenset(["b/1"])) == []
    assert invariants.only_these(twice.repeated, frozenset(["a/1"]))
    assert invariants.only_these(twice.repeated, None) == []


def test_what_the_harness_planted_is_no_duplicate() -> None:
    planted = replace(LEDGER, records=[*RECORDS, RECORDS[1]], planted=frozenset([RECORDS[1].at]))
    assert planted.duplicates == 0


def test_a_read_model_has_no_row_less_and_no_row_more() -> None:
    due = {"view": Counter({("kent", 2): 1})}
    assert invariants.as_folded(due, due) == []
    assert invariants.as_folded(due, {"view": Counter()})
    assert invariants.as_folded(due, {"view": Counter({("kent", 3): 1})})
    assert invariants.as_folded(due, {"view": Counter({("kent", 2): 2})})
    assert invariants.as_folded({}, due)


def test_outcomes_must_come_to_what_was_consumed() -> None:
    good = Counted("reporting", GROUP, 7, {"applied": 4, "duplicate": 2, "skipped": 1})
    assert invariants.all_accounted([good]) == []
    assert invariants.all_accounted([replace(good, consumed=8)])
    assert invariants.all_accounted([replace(good, outcomes={**good.outcomes, "dead": 1})])


def test_a_group_that_has_skipped_a_version_has_not_settled() -> None:
    behind = replace(SETTLED, sequences={(GROUP, TOPIC, "a"): 2, (GROUP, TOPIC, "b"): 1})
    assert invariants.all_settled(replace(LEDGER, settled=[behind]), CONSUMED)
    dead = replace(behind, dead=[(GROUP, TOPIC, "a")])
    assert invariants.all_settled(replace(LEDGER, settled=[dead]), CONSUMED) == []


@pytest.mark.parametrize(
    "waiting",
    [
        replace(SETTLED, outbox=1),
        replace(SETTLED, parked={GROUP: 1}),
        replace(SETTLED, offsets={(GROUP, TOPIC, 0): 3}),
        replace(SETTLED, offsets={}),
    ],
    ids=["outbox", "parked", "behind", "never began"],
)
def test_what_waits_is_not_at_rest(waiting: Settled) -> None:
    assert invariants.at_rest(replace(LEDGER, settled=[waiting]), CONSUMED)


def test_acknowledged_once_is_in_the_log_once() -> None:
    said = {("headcount", 7): 1}
    assert invariants.once(said, said, "headcount") == []
    assert invariants.once(said, {}, "headcount")
    assert invariants.once(said, {("headcount", 7): 2}, "headcount")
    assert invariants.once({}, said, "headcount")


def test_liveness_may_begin_late_and_never_flaps() -> None:
    starting = Sample(0.0, "portfolio", 7, None, None)
    well = Sample(1.0, "portfolio", 7, live=True, ready=True)
    assert alive_throughout([starting, well]) == []
    assert alive_throughout([well, replace(well, at=2.0, live=False)])
    silent = [replace(well, at=float(at), live=None) for at in range(2, 30)]
    assert alive_throughout([well, *silent])
    assert alive_throughout([well, *silent[:15], replace(well, at=17.0), *silent[16:]]) == []
    assert alive_throughout([well, Sample(2.0, "portfolio", 8, None, None)]) == []


def samples(unready: range, last: int = 100) -> list[Sample]:
    return [
        Sample(float(at), "portfolio", 7, live=True, ready=at not in unready) for at in range(last)
    ]


def test_readiness_follows_an_outage() -> None:
    outage = [Outage(frozenset(["portfolio"]), lost=10.0, back=40.0)]
    assert readiness_follows(samples(range(12, 45)), outage) == []
    assert readiness_follows(samples(range(26, 45)), outage), "noticed late"
    assert readiness_follows(samples(range(0)), outage), "never noticed"
    assert readiness_follows(samples(range(12, 75)), outage), "came back late"
    assert readiness_follows(samples(range(12, 100)), outage), "never came back"
