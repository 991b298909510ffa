"""What answers say."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from enrolment.domain.enrolment import Enrolment, PartProgress, State
from enrolment.domain.learner import Learner
from enrolment.domain.programme import Catalogue, Edition, Rule
from enrolment.domain.progress import progress_of
from enrolment.domain.workforce import Workforce
from enrolment.store.uploads import Upload
from npp_contracts.codes import CompletedVia, EnrolledBy, Rank, WorkerType
from npp_contracts.enrolment import Part


class View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ModuleView(View):
    module: str
    completed_on: date
    via: CompletedVia


class PartView(View):
    part: str
    how: EnrolledBy
    modules: list[ModuleView]
    final_on: date | None
    portfolio_on: date | None
    completed_on: date | None
    done: int
    needed: int
    percent: int
    """100 exactly when the part is complete; never more."""

    @classmethod
    def of(cls, part: Part, progress: PartProgress) -> Self:
        modules = [
            ModuleView(module=code, completed_on=done.on, via=done.via)
            for code, done in progress.modules.items()
        ]
        amount = progress_of(part, progress)
        return cls(
            part=part.code,
            how=progress.how,
            modules=modules,
            final_on=progress.final_on,
            portfolio_on=progress.portfolio_on,
            completed_on=progress.completed_on,
            done=amount.done,
            needed=amount.needed,
            percent=amount.percent,
        )


class EnrolmentView(View):
    enrolment_id: UUID
    learner_id: UUID
    force_id: str
    programme_id: str
    programme_version: int
    state: State
    reason: str | None
    deferred_until: date | None
    completed_on: date | None
    parts: list[PartView]
    version: int

    @classmethod
    def of(cls, enrolment: Enrolment, catalogue: Catalogue) -> Self:
        edition = catalogue.edition(enrolment.programme_id, enrolment.programme_version)
        return cls(
            enrolment_id=enrolment.enrolment_id,
            learner_id=enrolment.learner_id,
            force_id=enrolment.force_id,
            programme_id=enrolment.programme_id,
            programme_version=enrolment.programme_version,
            state=enrolment.state,
            reason=enrolment.reason,
            deferred_until=enrolment.deferred_until,
            completed_on=enrolment.completed_on,
            parts=[
                PartView.of(part, enrolment.parts[part.code])
                for part in edition.parts
                if part.code in enrolment.parts
            ],
            version=enrolment.version,
        )


class LearnerView(View):
    learner_id: UUID
    force_id: str
    collar_number: str
    given_name: str
    family_name: str
    email: str
    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool
    joined_on: date
    enrolments: list[EnrolmentView]
    version: int

    @classmethod
    def of(cls, learner: Learner, enrolments: Sequence[Enrolment], catalogue: Catalogue) -> Self:
        return cls(
            learner_id=learner.learner_id,
            force_id=learner.force_id,
            collar_number=learner.collar_number,
            given_name=learner.given_name,
            family_name=learner.family_name,
            email=learner.email,
            worker_type=learner.worker_type,
            rank=learner.rank,
            neighbourhood=learner.neighbourhood,
            joined_on=learner.joined_on,
            enrolments=[EnrolmentView.of(each, catalogue) for each in enrolments],
            version=learner.version,
        )


class LearnersPage(View):
    items: list[LearnerView]
    next: str | None


class TransferView(View):
    learner_id: UUID
    force_id: str
    collar_number: str
    effective_on: date
    version: int


class TimelineEntry(View):
    event_id: UUID
    type: str
    at: datetime
    """When it happened; of something that only has a day, the day's beginning in UTC."""
    recorded_at: datetime
    facts: dict[str, Any]


class Timeline(View):
    items: list[TimelineEntry]


class UploadView(View):
    upload_id: UUID
    rows: int
    accepted: int
    rejected: int
    rejected_csv: str | None
    """Where the rejected rows can be fetched; null when there are none."""
    repeated: bool = False
    """Whether the same file was taken in before, so that nothing was done now."""
    finished: bool = True

    @classmethod
    def of(cls, upload: Upload, *, repeated: bool = False) -> Self:
        return cls(
            upload_id=upload.upload_id,
            rows=upload.rows,
            accepted=upload.accepted,
            rejected=upload.rejected,
            rejected_csv=f"/uploads/{upload.upload_id}/rejected.csv" if upload.rejected else None,
            repeated=repeated,
            finished=upload.finished_at is not None,
        )


class HeadcountView(View):
    force_id: str
    as_of: date
    headcount: int
    source: str
    version: int

    @classmethod
    def all_of(cls, workforce: Workforce) -> list[Self]:
        return [cls.of(workforce, day) for day in sorted(workforce.reports)]

    @classmethod
    def of(cls, workforce: Workforce, day: date) -> Self:
        report = workforce.reports[day]
        return cls(
            force_id=workforce.force_id,
            as_of=day,
            headcount=report.headcount,
            source=report.source,
            version=workforce.version,
        )


def edition_view(edition: Edition) -> dict[str, Any]:
    """A programme version as it was posted."""
    shown = edition.model_dump(mode="json", exclude={"rules"})
    for part in shown["parts"]:
        part["for"] = [_rule(rule) for rule in edition.rules.get(part["code"], ())]
    return shown


def _rule(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json")
