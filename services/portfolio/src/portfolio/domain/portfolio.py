"""The portfolio: its states, and what each fact changes in it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from npp_contracts.codes import QualityOutcome
from npp_contracts.event import Event
from npp_contracts.portfolio import (
    EvidenceRecorded,
    PortfolioAssessed,
    PortfolioQualityAssured,
    PortfolioReturned,
    PortfolioSigned,
    PortfolioSubmitted,
)
from portfolio.domain.errors import PortfolioIsSigned, PortfolioIsWithdrawn
from portfolio.domain.log import GENESIS


class State(StrEnum):
    """Where a portfolio stands; `signed` is for good, `withdrawn` until enrolled again."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ASSESSED = "assessed"
    QUALITY_ASSURED = "quality-assured"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


@dataclass
class Portfolio:
    """One learner's evidence for one part, on one framework version for good.

    criteria: the codes of its framework version. covered: those that have evidence.
    contributors: who put evidence in besides the candidate; they never decide.
    """

    portfolio_id: UUID
    learner_id: UUID
    enrolment_id: UUID
    programme_id: str
    programme_version: int
    part: str
    framework: str
    framework_version: int
    force_id: str
    criteria: list[str]
    opened_at: datetime
    updated_at: datetime
    state: State = State.DRAFT
    state_before: State | None = None
    revision: int = 0
    sampled: bool = False
    assessor_id: str | None = None
    verifier_id: str | None = None
    signer_id: str | None = None
    signed_at: datetime | None = None
    content_sha256: str | None = None
    covered: list[str] = field(default_factory=list)
    contributors: list[str] = field(default_factory=list)
    log_length: int = 0
    log_head: str = GENESIS
    version: int = 0

    def apply(self, event: Event) -> None:
        """Change what follows from a fact."""
        match event:
            case EvidenceRecorded():
                self.covered = sorted({*self.covered, *event.criteria})
            case PortfolioSubmitted():
                self.state, self.revision = State.SUBMITTED, event.revision
                self.assessor_id = self.verifier_id = None
                self.sampled = False
            case PortfolioReturned():
                self.state = State.RETURNED
            case PortfolioAssessed():
                self.state, self.sampled = State.ASSESSED, event.sampled
                self.assessor_id = event.assessor_id
            case PortfolioQualityAssured():
                self.verifier_id = event.verifier_id
                if event.outcome is QualityOutcome.UPHELD:
                    self.state = State.QUALITY_ASSURED
            case PortfolioSigned():
                self.state, self.content_sha256 = State.SIGNED, event.content_sha256
                self.signer_id, self.signed_at = event.signer_id, event.signed_at

    @property
    def candidate(self) -> str:
        """The learner as the person who acts."""
        return str(self.learner_id)

    def live(self) -> None:
        """Refuse what nobody may do to a portfolio that is signed or withdrawn."""
        if self.state is State.SIGNED:
            raise PortfolioIsSigned
        if self.state is State.WITHDRAWN:
            raise PortfolioIsWithdrawn

    def withdraw(self) -> None:
        """Rest while the learner is not enrolled; what was signed stays signed."""
        if self.state not in (State.SIGNED, State.WITHDRAWN):
            self.state_before, self.state = self.state, State.WITHDRAWN

    def reinstate(self) -> None:
        """Go on where the withdrawal interrupted."""
        if self.state is State.WITHDRAWN:
            self.state, self.state_before = self.state_before or State.DRAFT, None
