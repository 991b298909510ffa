"""What requests may say; an unknown field is refused, so that a misspelt one is not lost."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from enrolment.domain.programme import Edition, Rule
from npp_contracts.codes import DeferralReason, Delivery, Rank, WithdrawalReason, WorkerType
from npp_contracts.enrolment import Module, Part
from npp_contracts.ids import (
    Code,
    Count,
    ModuleCode,
    PartCode,
    ProgrammeId,
    Title,
    VersionNumber,
)


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ModuleBody(Body):
    code: ModuleCode
    title: Title
    delivery: Delivery


class RuleBody(Body):
    worker_type: WorkerType
    ranks: Annotated[tuple[Rank, ...], Field(max_length=10)] = ()
    """Any of them; empty means every rank."""
    neighbourhood: bool | None = None
    """Only who is in neighbourhood policing, or only who is not; null asks for neither."""


class PartBody(Body):
    code: PartCode
    title: Title
    modules: Annotated[tuple[ModuleBody, ...], Field(max_length=100)]
    needs_portfolio: bool
    needs_final: bool
    enrols: Annotated[tuple[RuleBody, ...], Field(alias="for", max_length=50)] = ()
    """Whom a roster puts on this part."""


class ProgrammeBody(Body):
    programme_id: ProgrammeId
    version: VersionNumber
    title: Title
    parts: Annotated[tuple[PartBody, ...], Field(min_length=1, max_length=50)]

    def edition(self) -> Edition:
        parts = [
            Part(
                code=part.code,
                title=part.title,
                modules=[Module(**module.model_dump()) for module in part.modules],
                needs_portfolio=part.needs_portfolio,
                needs_final=part.needs_final,
            )
            for part in self.parts
        ]
        rules = {
            part.code: tuple(Rule(**rule.model_dump()) for rule in part.enrols)
            for part in self.parts
        }
        return Edition(
            programme_id=self.programme_id,
            version=self.version,
            title=self.title,
            parts=parts,
            rules=rules,
        )


class WorkforceBody(Body):
    force_id: str
    """Its id, ONS code or name."""
    as_of: date
    headcount: Count
    source: Code


class EnrolmentBody(Body):
    learner_id: UUID
    programme_id: ProgrammeId
    part: PartCode


class DeferralBody(Body):
    reason: DeferralReason
    until: date | None = None


class WithdrawalBody(Body):
    reason: WithdrawalReason


class TransferBody(Body):
    to_force_id: str
    """Its id, ONS code or name."""
    collar_number: str
    email: str | None = None
    """The new address; the old one stays when left out."""
    effective_on: date
