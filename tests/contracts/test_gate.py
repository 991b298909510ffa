"""The gate over examples, meanings and the catalogue: each fails once, with what mends it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from npp_contracts import EVENTS, Event
from npp_contracts.enrolment import EnrolmentDeferred, EnrolmentResumed
from npp_contracts.ids import Count, LearnerId
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.gate import CATALOGUE, uncatalogued
from npp_contracts.publication.problem import GENERATE
from npp_contracts.publication.samples import samples_of
from npp_contracts.publication.schema import written
from npp_contracts.topics import LEARNERS

Gate = Callable[[type[Event]], list[str]]
Write = Callable[[type[Event]], None]
Json = dict[str, Any]


def change(checkout: Checkout, event: type[Event], edit: Callable[[Json], object]) -> None:
    document = json.loads(written(samples_of(event)))
    edit(document)
    checkout.examples.mkdir(parents=True, exist_ok=True)
    (checkout.examples / f"{event.type}.json").write_text(written(document))


@pytest.mark.parametrize("event", EVENTS.values())
def test_a_started_example_passes(gate: Gate, exemplified: Write, event: type[Event]) -> None:
    exemplified(event)
    assert gate(event) == []


def test_a_missing_file_of_examples_fails(gate: Gate) -> None:
    found = gate(EnrolmentResumed)
    assert [each.splitlines()[0] for each in found] == [
        f"{EnrolmentResumed.type}: has no minimal example",
        f"{EnrolmentResumed.type}: has no full example",
    ]
    assert f"mend: {GENERATE} --examples" in found[0]


def test_a_missing_example_of_two_fails(checkout: Checkout, gate: Gate) -> None:
    change(checkout, EnrolmentResumed, lambda document: document.pop("full"))
    assert [each.splitlines()[0] for each in gate(EnrolmentResumed)] == [
        f"{EnrolmentResumed.type}: has no full example"
    ]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda each: each["headers"].update(ce_sequence="0"), "ce_sequence: invalid"),
        (lambda each: each["headers"].update(ce_type="npp.a.b.v1"), "ce_type must be"),
        (lambda each: each["headers"].update(ce_forceid="kent"), "forceid kent is not"),
        (lambda each: each["headers"].update(ce_subject="x"), "subject x is not"),
        (lambda each: each["payload"].update(reason="tired"), "reason"),
        (lambda each: each["payload"].pop("until"), "until"),
        (lambda each: each["payload"].update(more=1), "write every field, in its canonical form"),
        (lambda each: each["payload"].update(until=None), "full means that no field is null"),
    ],
)
def test_a_faulty_example_fails(
    checkout: Checkout, gate: Gate, edit: Callable[[Json], object], why: str
) -> None:
    change(checkout, EnrolmentDeferred, lambda document: edit(document["full"]))
    found = gate(EnrolmentDeferred)
    assert len(found) == 1
    assert why in found[0]
    assert f"mend: edit contracts/examples/{EnrolmentDeferred.type}.json" in found[0]


def test_a_field_that_nobody_explains_fails(gate: Gate, exemplified: Write) -> None:
    class LearnerSeen(Event, type="npp.enrolment.learner-seen.v1", topic=LEARNERS):
        """A bad sample."""

        learner_id: LearnerId
        times: Count

    exemplified(LearnerSeen)
    (found,) = gate(LearnerSeen)
    assert found.splitlines() == [
        "npp.enrolment.learner-seen.v1: nobody says what times means",
        f"    mend: write a docstring under times in the class, then {GENERATE}",
    ]


def test_an_event_that_is_not_in_the_catalogue_fails() -> None:
    rest = {name: event for name, event in EVENTS.items() if event is not EnrolmentResumed}
    (found,) = uncatalogued(rest)
    assert (found.about, found.mend) == (EnrolmentResumed.type, CATALOGUE)
    assert uncatalogued(EVENTS) == []


def test_a_topic_that_is_not_in_the_catalogue_or_of_nobody_fails(
    gate: Gate, exemplified: Write
) -> None:
    ghosts = replace(LEARNERS, name="npp.ghost.learners", owner="ghost")

    class LearnerSeen(Event, type="npp.ghost.learner-seen.v1", topic=ghosts):
        """A bad sample."""

        learner_id: LearnerId

    exemplified(LearnerSeen)
    assert [each.splitlines()[0] for each in gate(LearnerSeen)] == [
        "npp.ghost.learner-seen.v1: its topic npp.ghost.learners is not in TOPICS",
        "npp.ghost.learner-seen.v1: its owner 'ghost' is not in SERVICES",
    ]
