"""What was released stays: no edit, no removal and no regeneration makes the gate forget it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from npp_contracts import TOPICS, Event
from npp_contracts.ids import Count, LearnerId
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.gate import problems
from npp_contracts.publication.releases import lock_of, release, revisions, snapshot
from npp_contracts.topics import ATTEMPTS, LEARNERS

TYPE = "npp.enrolment.learner-seen.v1"
Gate = Callable[[type[Event]], list[str]]
Write = Callable[[type[Event]], None]


class LearnerSeen(Event, type=TYPE, topic=LEARNERS):
    """A sample: somebody saw a learner."""

    learner_id: LearnerId


def counting(default: Any = ...) -> type[Event]:
    """The sample with one more field; without a default, a required one."""

    class LearnerSeen(Event, type=TYPE, topic=LEARNERS):
        """A sample: somebody saw a learner, some times."""

        learner_id: LearnerId
        times: Count = Field(default)
        """How often."""

    return LearnerSeen


@pytest.fixture(autouse=True)
def released(checkout: Checkout, exemplified: Write) -> None:
    release(checkout.released, {TYPE: LearnerSeen})
    exemplified(LearnerSeen)


def test_what_was_released_and_did_not_change_passes(gate: Gate) -> None:
    assert gate(LearnerSeen) == []


def test_a_break_fails_however_often_the_schema_is_regenerated(
    gate: Gate, exemplified: Write
) -> None:
    broken = counting()
    exemplified(broken)
    (found,) = gate(broken)
    why, mend = found.splitlines()
    assert why == (
        f"{TYPE}: against release 1, new code refuses old events: "
        "payload.times: required, but it may be absent"
    )
    assert mend == (
        "    mend: undo it, or declare LearnerSeenV2 with type npp.enrolment.learner-seen.v2 "
        "beside it, then python -m npp_contracts.generate"
    )


def test_a_compatible_change_is_released_as_the_next_revision(
    checkout: Checkout, gate: Gate, exemplified: Write
) -> None:
    more = counting(default=1)
    exemplified(more)
    assert gate(more) == []
    assert release(checkout.released, {TYPE: more}) == [f"{TYPE}/2.json"]
    assert release(checkout.released, {TYPE: more}) == []
    assert len(revisions(checkout.released, TYPE)) == 2


def test_every_release_is_held_against_a_change_not_only_the_last(
    checkout: Checkout, gate: Gate, exemplified: Write
) -> None:
    release(checkout.released, {TYPE: counting(default=1)})
    later = counting(default=2)
    exemplified(later)
    found = gate(later)
    assert len(found) == 1
    assert "against release 2, old events would read differently" in found[0]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{}")])
def test_an_edited_or_removed_release_fails(
    checkout: Checkout, gate: Gate, spoil: Callable[[Path], object]
) -> None:
    spoil(snapshot(checkout.released, TYPE, 1))
    found = gate(LearnerSeen)
    assert "released schema 1 was edited or removed; it can't be" in found[0]
    assert f"mend: git checkout HEAD -- contracts/schemas/released/{TYPE}/1.json" in found[0]


def test_a_released_event_that_is_gone_fails(checkout: Checkout) -> None:
    found = [str(each) for each in problems(checkout, {}, TOPICS)]
    gone = [each for each in found if each.startswith(f"{TYPE}: was released and is gone")]
    assert len(gone) == 1
    assert "mend: put its class and its line of the catalogue back" in gone[0]


def test_an_event_that_moved_to_another_topic_or_key_fails(gate: Gate, checkout: Checkout) -> None:
    lock = checkout.released / "lock.json"
    lock.write_text(lock.read_text().replace(LEARNERS.name, ATTEMPTS.name))
    assert "its topic was npp.assessment.attempts when it was released" in gate(LearnerSeen)[0]


def test_something_is_released_to_be_held_against_a_change() -> None:
    assert lock_of(Checkout(Path(__file__).parents[2]).released) != {}
