"""An event goes to the force that it names, and to nobody when that is in doubt."""

import json
import re
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from chassis.consumer import Unreadable
from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import EVENTS
from npp_contracts.enrolment import (
    HoldLifted,
    HoldPlaced,
    LearnerTransferred,
    ModuleCompleted,
    ProgrammePublished,
)
from npp_contracts.envelope import Envelope
from npp_contracts.testing import examples
from reporting.feeds import FEEDS, chain
from reporting.feeds.entry import Entry
from reporting.feeds.routing import TYPES, routed

from .given import Person
from .world import Recorded

NAMES = Pseudonyms(b"s" * 32)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"20[0-9-]{8}T[0-9:.]+Z")


def envelope(event: Any) -> Envelope:
    ((_, made),) = Recorded().envelopes([event])
    return made


def only(entries: list[Entry]) -> dict[str, Any]:
    (one,) = entries
    found: dict[str, Any] = json.loads(replace(one, position=7).document)
    return found


def test_an_event_is_told_as_a_cloud_event_under_pseudonyms() -> None:
    person = Person("kent")
    event = person.completed("a")
    made = replace(envelope(event), causationid="cause", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    said = only(routed(made, NAMES))
    learner, enrolment = (
        str(NAMES.of("kent", each)) for each in (person.learner_id, person.enrolment_id)
    )
    assert said == {
        "specversion": "1.0",
        "id": str(made.id),
        "type": "npp.enrolment.module-completed.v1",
        "source": "/npp/enrolment",
        "subject": learner,
        "time": "2026-06-01T09:00:01Z",
        "dataschema": "urn:npp:schema:npp.enrolment.module-completed.v1",
        "datacontenttype": "application/json",
        "forceid": "kent",
        "sequence": "7",
        "data": json.loads(made.data) | {"learner_id": learner, "enrolment_id": enrolment},
    }


def test_what_the_contract_does_not_know_goes_to_nobody() -> None:
    made = envelope(Person("kent").completed("a"))
    more = json.loads(made.data) | {"witness_id": "0196c383-1ae8-7651-8317-1ff4a6a3a450"}
    said = only(routed(replace(made, data=json.dumps(more).encode()), NAMES))
    assert said["data"].keys() == ModuleCompleted.model_fields.keys()


@pytest.mark.parametrize("name", sorted(TYPES))
def test_no_id_that_follows_a_person_is_left_anywhere(name: str) -> None:
    for example in examples(EVENTS[name]):
        known = example.envelope.forceid
        (one,) = routed(example.envelope, NAMES)
        assert one.force_id == known
        for field in ("learner_id", "enrolment_id", "portfolio_id", "attempt_id", "place_id"):
            if field in example.payload:
                assert str(example.payload[field]) not in one.document
        has_learner = "learner_id" in example.payload
        key = (
            str(NAMES.of(known, example.payload["learner_id"]))
            if has_learner
            else example.headers["ce_subject"]
        )
        assert one.subject == key


def test_a_transfer_is_a_leaving_and_a_joining_that_do_not_name_each_other() -> None:
    person = Person("kent")
    made = envelope(person.transferred("essex"))
    left, joined = routed(made, NAMES)
    assert [(each.force_id, each.type) for each in (left, joined)] == [
        ("kent", "npp.reporting.learner-left.v1"),
        ("essex", "npp.reporting.learner-joined.v1"),
    ]
    assert "essex" not in left.document
    assert "kent" not in joined.document
    halves = [json.loads(each.document) for each in (left, joined)]
    for half in halves:
        kind = EVENTS[half["type"]]
        assert half["data"] == kind.model_validate(half["data"]).model_dump(mode="json")
        assert (half["time"], half["source"]) == ("2026-06-01T09:00:00Z", "/npp/reporting")
        assert UUID(half["id"]).version == 8
    shared = {key for key in halves[0] if halves[0][key] == halves[1][key]}
    assert shared == {"specversion", "source", "time", "datacontenttype", "sequence"}
    ids = {str(made.id), str(person.learner_id), *(each["id"] for each in halves)}
    assert len(ids | {each["subject"] for each in halves}) == 6
    assert [str(each.event_id) for each in routed(made, NAMES)] == [h["id"] for h in halves]


def spoilt(
    event: Any, *, header: str | None = None, subject: str | None = None, **said: Any
) -> Envelope:
    made = envelope(event)
    data = json.dumps(json.loads(made.data) | said).encode()
    return replace(made, forceid=header or made.forceid, subject=subject or made.subject, data=data)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (spoilt(Person("kent").completed("a"), header="essex"), "forceid is essex"),
        (spoilt(Person("kent").completed("a"), force_id="essex"), "forceid is kent"),
        (spoilt(Person("kent").completed("a"), force_id=None), "force_id"),
        (spoilt(Person("kent").completed("a"), subject="somebody"), "subject"),
        (spoilt(Person("atlantis").completed("a")), "atlantis is no force"),
        (spoilt(Person("kent").transferred("atlantis")), "atlantis is no force"),
        (spoilt(Person("atlantis").transferred("kent")), "one known force to another"),
        (spoilt(Person("kent").transferred("kent")), "one known force to another"),
        (spoilt(Person("kent").transferred("national")), "one known force to another"),
        (spoilt(Person("national").transferred("kent")), "one known force to another"),
    ],
)
def test_an_event_whose_force_is_in_doubt_goes_to_nobody(made: Envelope, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        routed(made, NAMES)


def test_facts_of_no_force_have_a_feed_of_their_own() -> None:
    for example in examples(ProgrammePublished):
        (one,) = routed(example.envelope, NAMES)
        assert (one.force_id, one.subject) == ("national", example.payload["programme_id"])


def test_every_event_of_the_platform_is_read() -> None:
    assert FEEDS.types == TYPES - {
        "npp.reporting.learner-left.v1",
        "npp.reporting.learner-joined.v1",
    } | {LearnerTransferred.type, HoldPlaced.type, HoldLifted.type}


def test_the_chain_can_be_worked_out_by_hand() -> None:
    first = sha256(b"kent").hexdigest()
    assert chain.start("kent") == first
    second = sha256(f"{first}\n1\nan-id\na-type".encode()).hexdigest()
    assert chain.following(first, 1, "an-id", "a-type") == second


def test_the_files_of_two_forces_have_nothing_of_a_person_in_common() -> None:
    mover = Person("kent")
    story = [*mover.certified(), *mover.attended(), mover.completed("a")]
    story += [mover.transferred("essex"), mover.updated(neighbourhood=False)]
    story += [mover.completed("b"), mover.part_completed(), mover.result("final", 80)]
    made = [said for _, said in Recorded().envelopes(story)]
    files: dict[str, list[str]] = {"kent": [], "essex": []}
    for each in (entry for said in made for entry in routed(said, NAMES)):
        files[each.force_id].append(each.document)
    kent, essex = ("".join(files[force]) for force in ("kent", "essex"))
    assert (len(files["kent"]), len(files["essex"])) == (len(made) - 4, 5)
    in_common = [set(_ID.findall(kent)) & set(_ID.findall(essex))]
    in_common.append(set(_MOMENT.findall(kent)) & set(_MOMENT.findall(essex)))
    assert in_common == [set(), {"2026-06-01T09:00:00Z"}]
    assert not {str(mover.learner_id), str(mover.enrolment_id)} & set(_ID.findall(kent + essex))
