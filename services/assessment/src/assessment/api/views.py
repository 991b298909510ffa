"""What leaves the service: never a key, and no mark before its release."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from assessment.domain.attempt import Attempt, State
from assessment.domain.blueprint import Blueprint
from npp_contracts.codes import Form, Occasion, Outcome


class Question(BaseModel):
    """An item as a candidate sees it."""

    item: str
    options: list[str]


class Key(Question):
    """An item as its author sees it."""

    key: str


class BlueprintView(BaseModel):
    """`forms` is for authors only."""

    code: str
    programme_id: str
    programme_version: int
    part: str
    title: str
    pass_percent: float
    minutes: int
    items: int
    forms: dict[Form, list[Key]] | None = None

    @classmethod
    def of(cls, blueprint: Blueprint, *, with_keys: bool) -> Self:
        return cls(
            code=blueprint.code,
            programme_id=blueprint.programme_id,
            programme_version=blueprint.programme_version,
            part=blueprint.part,
            title=blueprint.title,
            pass_percent=float(blueprint.pass_percent),
            minutes=blueprint.minutes,
            items=blueprint.size,
            forms=_forms(blueprint) if with_keys else None,
        )


class ResultView(BaseModel):
    """A result as released; score_percent is null when absent or void, never 0 for them."""

    attempt_id: UUID
    learner_id: UUID
    force_id: str
    blueprint: str
    programme_id: str
    programme_version: int
    part: str
    occasion: Occasion
    form: Form
    outcome: Outcome | None
    score_percent: float | None
    valid: bool
    first_valid: bool
    released_at: datetime | None
    version: int

    @staticmethod
    def fields(attempt: Attempt) -> dict[str, Any]:
        official = attempt.state is State.RELEASED and attempt.score_percent is not None
        return {
            "attempt_id": attempt.attempt_id,
            "learner_id": attempt.learner_id,
            "force_id": attempt.force_id,
            "blueprint": attempt.blueprint,
            "programme_id": attempt.programme_id,
            "programme_version": attempt.programme_version,
            "part": attempt.part,
            "occasion": attempt.occasion,
            "form": attempt.form,
            "outcome": attempt.outcome,
            "score_percent": float(attempt.score_percent or 0) if official else None,
            "valid": attempt.valid,
            "first_valid": attempt.first_valid,
            "released_at": attempt.released_at,
            "version": attempt.version,
        }


class AttemptView(ResultView):
    """An attempt; `items` and `answers` only while it is open, for who sits or invigilates it."""

    state: State
    started_at: datetime | None
    due_at: datetime | None
    extra_minutes: int
    submitted_at: datetime | None
    late: bool
    answered: int | None
    items_total: int
    items: list[Question] | None = None
    answers: dict[str, str] | None = None

    @classmethod
    def of(cls, attempt: Attempt, open_at: Blueprint | None = None) -> Self:
        """`open_at`: the blueprint whose form is shown if the attempt is open."""
        shown = open_at is not None and attempt.state is State.STARTED
        return cls(
            **cls.fields(attempt),
            state=attempt.state,
            started_at=attempt.started_at,
            due_at=attempt.due_at,
            extra_minutes=attempt.extra_minutes,
            submitted_at=attempt.submitted_at,
            late=attempt.late,
            answered=attempt.answered,
            items_total=attempt.items,
            items=_questions(open_at, attempt.form) if open_at is not None and shown else None,
            answers=attempt.answers if shown else None,
        )


class Page(BaseModel):
    """A page of results; `next` is the cursor of the one after it."""

    items: list[ResultView]
    next: str | None


class AuditEntry(BaseModel):
    """What somebody decided about an attempt: extra time, absence, void."""

    action: str
    detail: dict[str, int | str]
    person: str
    at: datetime


class Released(BaseModel):
    """How many results became official."""

    released: int


def _questions(blueprint: Blueprint, form: Form) -> list[Question]:
    return [Question(item=e.item, options=list(e.options)) for e in blueprint.forms[form]]


def _forms(blueprint: Blueprint) -> dict[Form, list[Key]]:
    return {
        form: [Key(item=e.item, options=list(e.options), key=e.key) for e in items]
        for form, items in blueprint.forms.items()
    }
