"""Refusals: codes, titles and facts that JSON can carry."""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest

from chassis.errors import Invalid, NotFound, Refusal, Stale, kebab


class AssessorIsCandidate(Refusal):
    pass


class LearnerUnknown(NotFound):
    pass


class State(StrEnum):
    OPEN = "open"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AssessorIsCandidate", "assessor-is-candidate"),
        ("NotUTF8Text", "not-utf8-text"),
        ("Stale", "stale"),
    ],
)
def test_kebab_splits_words(name: str, code: str) -> None:
    assert kebab(name) == code


def test_refusal_takes_code_and_title_from_its_name() -> None:
    refusal = AssessorIsCandidate()
    assert (refusal.code, refusal.title, refusal.status, refusal.detail, str(refusal)) == (
        "assessor-is-candidate",
        "Assessor is candidate",
        409,
        "",
        "Assessor is candidate",
    )


def test_refusal_inherits_status_but_not_the_parents_code() -> None:
    assert (LearnerUnknown.code, LearnerUnknown.status) == ("learner-unknown", 404)
    assert (Stale.code, Stale.title) == ("stale", "This changed since you read it")


def test_refusal_facts_are_safe_for_json() -> None:
    refusal = Refusal(
        "no",
        field="state",
        state=State.OPEN,
        learner=UUID(int=1),
        on=date(2026, 1, 2),
        score=Decimal("4.50"),
        whole=Decimal(4),
        parts={"b", "a"},
        nested={"x": (1, None)},
    )
    assert json.loads(json.dumps(refusal.facts)) == {
        "state": "open",
        "learner": "00000000-0000-0000-0000-000000000001",
        "on": "2026-01-02",
        "score": 4.5,
        "whole": 4,
        "parts": ["a", "b"],
        "nested": {"x": [1, None]},
    }


def test_invalid_names_field_and_rule() -> None:
    assert Invalid("late", field="ends_at", rule="after-start").facts == {"rule": "after-start"}
    assert Invalid("late", field="ends_at").facts == {"rule": "invalid"}
