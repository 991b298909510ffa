"""What other services said and what portfolios look like, for tests to start from."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from npp_contracts.codes import (
    EnrolledBy,
    EvidenceKind,
    WithdrawalReason,
)
from npp_contracts.enrolment import (
    EnrolmentWithdrawn,
    LearnerEnrolled,
    LearnerTransferred,
    Part,
    ProgrammePublished,
)
from npp_contracts.event import Event
from npp_contracts.ids import EnrolmentId, LearnerId
from portfolio.domain.assessment import Decision, Verdict
from portfolio.domain.evidence import Evidence
from portfolio.domain.framework import Framework
from portfolio.domain.opening import Enrolled, open_portfolio
from portfolio.domain.portfolio import Portfolio

AT = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
CODES = ["CE1", "CE2", "PS1"]


def framework(version: int = 1) -> Framework:
    criteria = [{"code": code, "title": f"Shows {code}"} for code in CODES]
    return Framework("npp1-portfolio", version, "npp", "NPP1", criteria, AT)


def draft(*events: Event) -> Portfolio:
    """A portfolio to which these events have happened."""
    enrolled = Enrolled(new_id(), new_id(), "npp", 1, "NPP1", "derbyshire")
    portfolio, _ = open_portfolio(new_id(), enrolled, framework(), AT)
    for event in events:
        portfolio.apply(event)
    return portfolio


def covered() -> Portfolio:
    """A draft with evidence for all criteria."""
    portfolio = draft()
    portfolio.covered = list(CODES)
    return portfolio


def evidence(portfolio: Portfolio, **changes: Any) -> Evidence:
    said: dict[str, Any] = {
        "evidence_id": new_id(),
        "portfolio_id": portfolio.portfolio_id,
        "kind": EvidenceKind.WORK_PRODUCT,
        "title": "Problem-solving plan for the market place",
        "reference": "https://records.derbyshire.police.example/plans/17",
        "criteria": ["CE1", "PS1"],
        "event_date": date(2026, 6, 1),
        "entry_date": AT.date(),
        "recorded_by": portfolio.candidate,
        "recorded_at": AT,
    }
    return Evidence(**(said | changes))


def decisions(portfolio: Portfolio, **unmet: Verdict) -> list[Decision]:
    notes = ("seen on site", "signed by the sergeant", "two sources", "this spring", "enough")
    return [
        Decision(
            portfolio.portfolio_id,
            portfolio.revision,
            code,
            unmet.get(code, Verdict.MET),
            *notes,
            assessor_id="assessor-1",
            decided_at=AT,
        )
        for code in CODES
    ]


def programme(version: int = 1, programme_id: str = "npp") -> ProgrammePublished:
    parts = [
        Part(code="NPP1", title="One", modules=[], needs_portfolio=True, needs_final=True),
        Part(code="NPP2", title="Two", modules=[], needs_portfolio=False, needs_final=False),
    ]
    return ProgrammePublished(
        force_id="national",
        programme_id=programme_id,
        programme_version=version,
        title="Neighbourhood Policing Programme",
        parts=parts,
    )


def enrolled(
    enrolment_id: UUID,
    learner_id: UUID,
    part: str = "NPP1",
    programme_id: str = "npp",
    force_id: str = "derbyshire",
) -> LearnerEnrolled:
    return LearnerEnrolled(
        force_id=force_id,
        enrolment_id=EnrolmentId(enrolment_id),
        learner_id=LearnerId(learner_id),
        programme_id=programme_id,
        programme_version=1,
        part=part,
        how=EnrolledBy.RULE,
    )


def withdrawn(enrolment_id: UUID, learner_id: UUID) -> EnrolmentWithdrawn:
    return EnrolmentWithdrawn(
        force_id="derbyshire",
        enrolment_id=EnrolmentId(enrolment_id),
        learner_id=LearnerId(learner_id),
        reason=WithdrawalReason.LEFT_NEIGHBOURHOOD_ROLE,
    )


def transferred(learner_id: UUID, to: str, origin: str = "derbyshire") -> LearnerTransferred:
    return LearnerTransferred(
        force_id=to,
        learner_id=LearnerId(learner_id),
        from_force_id=origin,
        effective_on=date(2026, 6, 1),
    )
