"""The sandbox's story: of every kind of event, in an order that makes sense, the same each time."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import EVENTS
from npp_contracts.enrolment import LearnerErased, LearnerRegistered
from npp_contracts.envelope import Envelope, EnvelopeError
from npp_contracts.event import Event
from npp_contracts.events import PlaceBooked, SessionScheduled
from npp_contracts.reporting import LearnerJoined, LearnerLeft
from reporting.domain.forces import forces
from reporting.feeds.entry import Entry
from reporting.feeds.routing import TYPES, invented
from reporting.feeds.sandbox.person import ELSEWHERE
from reporting.feeds.sandbox.story import EDITION, LENGTH, begins, told

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
NAMES = Pseudonyms(b"the secret of a test of the sandbox")
COHORTS = [range(1 + LENGTH * number, 1 + LENGTH * (number + 1)) for number in range(3)]


def placed(position: int) -> Entry:
    entry = invented(*told(position, NOW, NOW), NAMES)
    entry.position = position
    return entry


@cache
def documents(positions: range) -> list[dict[str, Any]]:
    return [json.loads(placed(each).document) for each in positions]


@pytest.mark.parametrize("cohort", COHORTS)
def test_each_cohort_has_every_type_of_event_that_a_force_is_told(cohort: range) -> None:
    assert {each["type"] for each in documents(cohort)} == TYPES
    assert {begins(each) for each in cohort} == {cohort.start}


def test_each_event_keeps_its_contract() -> None:
    for each in documents(COHORTS[0]):
        kind = EVENTS[each["type"]]
        assert kind.model_validate(each["data"]).model_dump(mode="json") == each["data"]


def test_a_position_says_the_same_each_time_and_no_id_comes_twice() -> None:
    first, again = ([placed(each) for each in COHORTS[0]] for _ in range(2))
    assert [each.document for each in first] == [each.document for each in again]
    ids = [each["id"] for cohort in COHORTS for each in documents(cohort)]
    assert len(set(ids)) == 3 * LENGTH


def learners(cohort: range) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict[str, list[dict[str, Any]]](list)
    for each in documents(cohort):
        if "learner_id" in each["data"]:
            found[each["data"]["learner_id"]].append(each)
    return found


def test_people_begin_go_on_and_end() -> None:
    for cohort in COHORTS:
        for lived in learners(cohort).values():
            kinds = [each["type"] for each in lived]
            assert kinds[0] in (LearnerRegistered.type, LearnerJoined.type)
            for last in (LearnerLeft.type, LearnerErased.type):
                assert last not in kinds[:-1]
    ones, others = (set(learners(each)) for each in COHORTS[:2])
    assert not ones & others


def test_people_live_side_by_side() -> None:
    spans = [[int(one["sequence"]) for one in lived] for lived in learners(COHORTS[0]).values()]
    alive = [sum(span[0] <= at <= span[-1] for span in spans) for at in COHORTS[0]]
    assert max(alive) >= 4


def test_nobody_has_a_place_at_a_session_that_is_not_scheduled() -> None:
    known = set[str]()
    for each in documents(COHORTS[0]):
        if each["type"] == SessionScheduled.type:
            known.add(each["data"]["session_id"])
        elif each["type"] == PlaceBooked.type:
            assert each["data"]["session_id"] in known


def test_all_of_it_is_marked_as_invented_and_names_no_force() -> None:
    for each in documents(COHORTS[0]):
        assert each["source"].startswith("/npp/sandbox/")
        assert each["forceid"] == each["data"]["force_id"] == "sandbox"
        words = set(json.dumps(each).replace('"', " ").split())
        assert not words & {*forces(), "national", ELSEWHERE}


def test_no_record_of_a_topic_can_be_of_the_sandbox() -> None:
    envelope, event = told(7, NOW, NOW)
    assert isinstance(event, Event)
    with pytest.raises(EnvelopeError, match="ce_forceid: invalid"):
        Envelope.from_record(envelope.key, list(envelope.headers()), envelope.data)


def test_a_change_of_the_cast_is_another_edition() -> None:
    said = [placed(each) for each in COHORTS[0]]
    shape = sha256("\n".join(f"{each.type} {each.subject}" for each in said).encode())
    # Otherwise who is told of already would begin once more: raise EDITION, then change this.
    assert (EDITION, shape.hexdigest()[:16]) == (2, "8a28f6fd4245134c")
