"""Enrolling, putting off, going on, ending; and on what a rule puts whom."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from chassis.errors import Refusal
from enrolment.domain.enrolment import Enrolment, State, defer, enrol, resume, withdraw
from enrolment.domain.errors import (
    AlreadyEnrolledOnPart,
    EnrolmentEnded,
    EnrolmentNotActive,
    EnrolmentNotDeferred,
    PartUnknown,
)
from enrolment.domain.learner import Learner
from enrolment.domain.programme import Programme, publish
from enrolment.domain.roster import parts_by_rule
from npp_contracts.codes import DeferralReason, EnrolledBy, Rank, WithdrawalReason, WorkerType

from .given import after, edition, enrolled_on, module

BREAK, LEFT = DeferralReason.CAREER_BREAK, WithdrawalReason.LEFT_SERVICE


def learner(worker_type: str = "police-officer", rank: str = "constable") -> Learner:
    return Learner(
        uuid4(),
        "derbyshire",
        "1234",
        "Siân",
        "Ŵyn",
        "sian@derbyshire.police.example",
        WorkerType(worker_type),
        Rank(rank),
        True,
        date(2020, 1, 1),
    )


def programme(versions: int = 1) -> Programme:
    made = Programme("npp")
    for version in range(1, versions + 1):
        draft = edition().model_copy(update={"version": version})
        published = publish(made, draft)
        assert published is not None
        made.apply(published)
        made.version += 1
        made.with_rules(draft.rules)
    return made


def deferred() -> Enrolment:
    enrolment = enrolled_on("NPP4")
    enrolment.apply(defer(enrolment, BREAK, date(2027, 1, 1)))
    return enrolment


def withdrawn() -> Enrolment:
    enrolment = enrolled_on("NPP4")
    enrolment.apply(withdraw(enrolment, LEFT))
    return enrolment


def completed() -> Enrolment:
    enrolment = enrolled_on("NPP4")
    after(enrolment, module("leadership-1", date(2025, 7, 1)))
    return enrolment


def standing(enrolment: Enrolment) -> tuple[State, str | None, date | None]:
    return enrolment.state, enrolment.reason, enrolment.deferred_until


def test_deferral_keeps_its_reason_and_day_until_resumption() -> None:
    enrolment = deferred()
    assert standing(enrolment) == (State.DEFERRED, BREAK, date(2027, 1, 1))
    enrolment.apply(resume(enrolment))
    assert standing(enrolment) == (State.ACTIVE, None, None)


@pytest.mark.parametrize(
    ("given", "decide", "refusal"),
    [
        (deferred, lambda e: defer(e, BREAK, None), EnrolmentNotActive),
        (withdrawn, lambda e: defer(e, BREAK, None), EnrolmentEnded),
        (completed, lambda e: defer(e, BREAK, None), EnrolmentEnded),
        (withdrawn, resume, EnrolmentNotDeferred),
        (lambda: enrolled_on("NPP1"), resume, EnrolmentNotDeferred),
        (withdrawn, lambda e: withdraw(e, LEFT), EnrolmentEnded),
        (completed, lambda e: withdraw(e, LEFT), EnrolmentEnded),
        (withdrawn, lambda e: enrol(e, edition(), "NPP1", EnrolledBy.MANUAL), EnrolmentEnded),
        (deferred, lambda e: enrol(e, edition(), "NPP9", EnrolledBy.MANUAL), PartUnknown),
        (deferred, lambda e: enrol(e, edition(), "NPP4", EnrolledBy.RULE), AlreadyEnrolledOnPart),
    ],
)
def test_what_is_refused(
    given: Callable[[], Enrolment], decide: Callable[[Enrolment], object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decide(given())


@pytest.mark.parametrize(
    ("person", "parts"),
    [
        (learner("police-officer", "constable"), ["NPP1", "NPP2"]),
        (learner("police-officer", "sergeant"), ["NPP1", "NPP4"]),
        (learner("police-officer", "inspector"), ["NPP4"]),
        (learner("pcso", "none"), ["NPP1", "NPP2"]),
        (learner("volunteer", "none"), []),
    ],
)
def test_the_rule_of_role_and_rank_picks_the_parts(person: Learner, parts: list[str]) -> None:
    assert parts_by_rule(person, programme(), []) == (None, parts)


def test_a_promotion_adds_the_parts_of_the_new_rank() -> None:
    enrolment = enrolled_on("NPP1", "NPP2")
    assert parts_by_rule(learner(rank="sergeant"), programme(), [enrolment]) == (
        enrolment,
        ["NPP4"],
    )


def test_who_is_on_an_older_version_stays_on_it() -> None:
    enrolment = enrolled_on("NPP1")
    assert parts_by_rule(learner(), programme(versions=2), [enrolment]) == (enrolment, ["NPP2"])


def test_a_newcomer_is_put_on_the_current_version() -> None:
    assert programme(versions=2).current.version == 2


def test_a_rule_does_not_put_back_who_was_withdrawn() -> None:
    assert parts_by_rule(learner(), programme(), [withdrawn()]) == (None, [])
