"""What follows a person is renamed, by the type of its field; what may and is not known is kept."""

from typing import Annotated, NewType
from uuid import UUID

import jsonschema
import pytest
from pydantic import Field

from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import EVENTS
from npp_contracts.enrolment import LearnerTransferred
from npp_contracts.event import Event, Value
from npp_contracts.ids import LearnerId, PersonId, ProgrammeId, SessionId
from npp_contracts.testing import Example, all_examples, schema
from reporting.feeds.identities import UnknownIdentity, changes, renamed
from reporting.feeds.routing import TYPES

NAMES = Pseudonyms(b"s" * 32)
BadgeId = NewType("BadgeId", UUID)

FOLLOWED = {
    "learner_id",
    "enrolment_id",
    "attempt_id",
    "portfolio_id",
    "evidence_id",
    "place_id",
    "assessor_id",
    "verifier_id",
    "signer_id",
}
EXAMPLES = [one for one in all_examples() if one.headers["ce_type"] in TYPES]


class Guest(Value):
    learner_id: LearnerId
    met_by: PersonId | None


class Specimen(Value):
    learners: Annotated[list[LearnerId], Field(max_length=3)]
    guests: list[Guest]
    session_id: SessionId
    programme_id: ProgrammeId | None


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_event_says_which_of_its_fields_follow_a_person(name: str) -> None:
    kind = EVENTS[name]
    called_ids = {field for field in kind.model_fields if field.endswith("_id")}
    staying = {"force_id", "session_id", "programme_id", "upload_id"}
    assert set(changes(kind)) == called_ids - staying
    assert set(changes(kind)) <= FOLLOWED


def test_all_kinds_of_ids_are_met_with() -> None:
    assert {field for name in TYPES for field in changes(EVENTS[name])} == FOLLOWED


def test_a_transfer_names_another_force_and_goes_to_nobody_as_it_is() -> None:
    with pytest.raises(UnknownIdentity, match="from_force_id names another force"):
        changes(LearnerTransferred)


def name_of(example: Example) -> str:
    return f"{example.headers['ce_type']}-{example.name}"


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_what_is_renamed_still_keeps_the_contract(example: Example) -> None:
    kind = EVENTS[example.headers["ce_type"]]
    said = renamed(kind, example.payload, lambda identity: str(NAMES.of("kent", identity)))
    kind.model_validate(said)
    jsonschema.validate(said, schema(kind))
    for field in changes(kind):
        assert said[field] != example.payload[field]
        assert UUID(said[field]).version == 8
    kept = kind.model_fields.keys() - changes(kind).keys()
    assert {name: said[name] for name in kept} == {name: example.payload[name] for name in kept}


def test_ids_in_lists_and_inside_values_are_renamed_too() -> None:
    one, session = "0196c383-1ae8-7651-8317-1ff4a6a3a450", "0196c382-3088-752e-89a7-834df2a74de4"
    said = {
        "learners": [one],
        "guests": [{"learner_id": one, "met_by": None}, {"learner_id": one, "met_by": "ps-7"}],
        "session_id": session,
        "programme_id": None,
    }
    assert renamed(Specimen, said, lambda identity: f"<{identity}>") == {
        "learners": [f"<{one}>"],
        "guests": [
            {"learner_id": f"<{one}>", "met_by": None},
            {"learner_id": f"<{one}>", "met_by": "<ps-7>"},
        ],
        "session_id": session,
        "programme_id": None,
    }


class Branded(Value):
    badge: BadgeId


class Bare(Value):
    sponsor: UUID | None


class Called(Value):
    mentor_id: int


class Shaped(Value):
    mentors: dict[str, LearnerId]


class Elsewhere(Value):
    next_force_id: ProgrammeId


class Deep(Value):
    parts: list[Bare]


@pytest.mark.parametrize("kind", [Branded, Bare, Called, Shaped, Elsewhere, Deep])
def test_an_id_of_no_known_type_is_refused(kind: type[Event]) -> None:
    with pytest.raises(UnknownIdentity):
        changes(kind)
