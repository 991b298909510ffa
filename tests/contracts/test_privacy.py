"""No personal data in any event: what is refused, and what is not."""

from collections.abc import Callable
from typing import Annotated

import pytest
from pydantic import StringConstraints

from npp_contracts import EVENTS, Event
from npp_contracts.enrolment import LearnerRegistered
from npp_contracts.event import Value
from npp_contracts.ids import Code, LearnerId
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.privacy import looks_personal, named_personally, personal_fields
from npp_contracts.publication.schema import schema_of
from npp_contracts.topics import LEARNERS

Gate = Callable[[type[Event]], list[str]]
Write = Callable[[type[Event]], None]


class Contact(Value):
    collar_number: Code
    """A bad sample, one level down."""


class LearnerSeen(Event, type="npp.enrolment.learner-seen.v1", topic=LEARNERS):
    """A bad sample of what an event may not carry."""

    learner_id: LearnerId
    given_name: Code
    """A denied name."""
    remarks: Annotated[str, StringConstraints(max_length=100)]
    """A denied name, and free text."""
    reason: str | None
    """Free text."""
    facts: dict[str, str]
    """Anything at all."""
    contacts: list[Contact]
    """Something denied inside."""


def test_a_field_that_could_carry_personal_data_is_refused(gate: Gate, exemplified: Write) -> None:
    found = [each for each in gate(LearnerSeen) if "example" not in each]
    assert [each.splitlines()[0].partition(": ")[2] for each in found] == [
        "given_name is a name for personal data",
        "remarks is a name for personal data",
        "remarks is free text: give it a pattern, an enum or a format",
        "reason is free text: give it a pattern, an enum or a format",
        "facts is free text: give it a pattern, an enum or a format",
        "collar_number is a name for personal data",
    ]
    assert all(each.endswith("then python -m npp_contracts.generate") for each in found)


def test_no_event_has_such_a_field() -> None:
    assert {name: personal_fields(schema_of(event)) for name, event in EVENTS.items()} == {
        name: [] for name in EVENTS
    }


@pytest.mark.parametrize(
    "field",
    ["name", "family_name", "email", "work_email_address", "phone", "tel", "collar_number", "dob",
     "date_of_birth", "notes", "free_text", "home_postcode", "ethnicity", "sickness_reason"],
)  # fmt: skip
def test_a_name_for_personal_data_is_known(field: str) -> None:
    assert named_personally(field)


@pytest.mark.parametrize("field", ["programme_id", "title", "stage", "capacity", "telemetry"])
def test_a_name_that_only_looks_alike_is_let_through(field: str) -> None:
    assert not named_personally(field)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("somebody@kent.police.example", "an e-mail address"),
        ("07700 900123", "a phone number"),
        ("+44 7700 900123", "a phone number"),
        ("QQ 12 34 56 C", "a national insurance number"),
        ("SW1A 1AA", "a postcode"),
        ("Siân Example", "a person's name"),
        ("Jane O'Example", "a person's name"),
        ("asked PC Example to attend", "a person's name"),
    ],
)
def test_a_value_that_looks_personal_is_named(text: str, what: str) -> None:
    assert list(looks_personal({"parts": [{"title": text}]})) == [f"{text!r} looks like {what}"]


@pytest.mark.parametrize(
    "text",
    ["Problem solving", "NPP1-ASB", "2026-06-19T09:00:00.120000Z", "2026-06-19", "chief-inspector",
     "018f6b1e-0000-7000-8000-079001234567", "0" * 64, "Tackling anti-social behaviour, part 2"],
)  # fmt: skip
def test_a_value_that_is_a_code_a_time_or_a_title_is_let_through(text: str) -> None:
    assert list(looks_personal(text)) == []


def test_an_example_that_looks_personal_fails_the_gate(
    gate: Gate, exemplified: Write, checkout: Checkout
) -> None:
    exemplified(LearnerRegistered)
    path = checkout.examples / f"{LearnerRegistered.type}.json"
    path.write_text(path.read_text().replace('"derbyshire"', '"somebody@kent.police.example"'))
    found = gate(LearnerRegistered)
    assert "looks like an e-mail address" in found[0]
    assert f"mend: edit contracts/examples/{path.name}" in found[0]
