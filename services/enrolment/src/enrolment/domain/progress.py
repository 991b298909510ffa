"""When a part and a programme are complete, and how far somebody has come."""

from dataclasses import dataclass
from datetime import date

from enrolment.domain.enrolment import Enrolment, PartProgress, State
from enrolment.domain.programme import Edition
from npp_contracts.enrolment import Part, PartCompleted, ProgrammeCompleted
from npp_contracts.ids import EnrolmentId, LearnerId


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of what is needed is there; `done` is never more than `needed`."""

    done: int
    needed: int

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means complete."""
        return 100 * self.done // self.needed if self.needed else 0


def settle(enrolment: Enrolment, edition: Edition) -> list[PartCompleted | ProgrammeCompleted]:
    """What has become complete: nothing while training is deferred or after it was withdrawn.

    A part is complete on the day of the last thing it needs, in whatever order we heard of them.
    """
    if enrolment.state not in (State.ACTIVE, State.COMPLETED):
        return []
    known = {code: part.completed_on for code, part in enrolment.parts.items()}
    new = {
        code: on
        for code, part in enrolment.parts.items()
        if known[code] is None and (on := completed_on(edition.part(code), part)) is not None
    }
    said: list[PartCompleted | ProgrammeCompleted] = [
        _part_completed(enrolment, code, on) for code, on in new.items()
    ]
    days = [on for on in (known | new).values() if on is not None]
    if days and len(days) == len(known) and enrolment.completed_on is None:
        said.append(_programme_completed(enrolment, max(days)))
    return said


def things_needed(part: Part, progress: PartProgress) -> list[date | None]:
    """For everything that the part needs, the day it was achieved."""
    modules = [progress.modules.get(module.code) for module in part.modules]
    days = [done.on if done else None for done in modules]
    if part.needs_final:
        days.append(progress.final_on)
    if part.needs_portfolio:
        days.append(progress.portfolio_on)
    return days


def completed_on(part: Part, progress: PartProgress) -> date | None:
    """The day the part became complete; None while something is missing."""
    days = things_needed(part, progress)
    there = [day for day in days if day is not None]
    return max(there) if there and len(there) == len(days) else None


def progress_of(part: Part, progress: PartProgress) -> Progress:
    """How far somebody has come in a part."""
    days = things_needed(part, progress)
    return Progress(sum(day is not None for day in days), len(days))


def _part_completed(enrolment: Enrolment, part: str, on: date) -> PartCompleted:
    return PartCompleted(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        part=part,
        completed_on=on,
    )


def _programme_completed(enrolment: Enrolment, on: date) -> ProgrammeCompleted:
    return ProgrammeCompleted(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        programme_id=enrolment.programme_id,
        programme_version=enrolment.programme_version,
        completed_on=on,
    )
