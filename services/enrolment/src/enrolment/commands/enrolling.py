"""Enrolment by hand and by rule, with whatever the learner has achieved before."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.clock import new_id
from chassis.errors import NotFound
from chassis.work import Work
from enrolment.commands.progress import advance
from enrolment.domain import enrolment as decide
from enrolment.domain.enrolment import Enrolment
from enrolment.domain.errors import LearnerUnknown, ProgrammeUnknown
from enrolment.domain.fact import Fact
from enrolment.domain.learner import Learner
from enrolment.domain.programme import Edition
from enrolment.domain.progress import settle
from enrolment.domain.roster import standing_enrolment
from enrolment.store.progress import catalogue_of, enrolments_of, kept
from npp_contracts.codes import DeferralReason, EnrolledBy, WithdrawalReason


class Command(BaseModel):
    """What is asked, checked for shape."""

    model_config = ConfigDict(frozen=True)


class Enrol(Command):
    learner_id: UUID
    programme_id: str
    part: str


class Defer(Command):
    enrolment_id: UUID
    reason: DeferralReason
    until: date | None = None
    version: int | None = None


class Resume(Command):
    enrolment_id: UUID
    version: int | None = None


class Withdraw(Command):
    enrolment_id: UUID
    reason: WithdrawalReason
    version: int | None = None


async def learner_in_sight(work: Work, learner_id: UUID, version: int | None = None) -> Learner:
    try:
        learner = await work.get(Learner, learner_id, version=version)
    except NotFound as missing:
        raise LearnerUnknown from missing
    if learner.erased_on is not None:
        raise LearnerUnknown
    return learner


async def enrol_by_hand(work: Work, command: Enrol) -> Enrolment:
    """Put one learner on one part: of the version they are on, else of the current one."""
    learner = await learner_in_sight(work, command.learner_id)
    catalogue = await catalogue_of(work.session)
    programme = catalogue.programme(command.programme_id)
    if programme is None:
        raise ProgrammeUnknown(field="programme_id")
    earlier = (await enrolments_of(work.session, [learner.learner_id])).get(learner.learner_id, [])
    own = [each for each in earlier if each.programme_id == command.programme_id]
    standing = standing_enrolment(own)
    version = standing.programme_version if standing else programme.current.version
    edition = catalogue.edition(command.programme_id, version)
    edition.part(command.part)
    enrolment = standing or new_enrolment(work, learner, edition)
    before = (await kept(work.session, [learner.learner_id])).get(learner.learner_id, ())
    put_on(work, enrolment, edition, [command.part], EnrolledBy.MANUAL)
    advance(work, enrolment, edition, achieved_before(earlier, before))
    return enrolment


def new_enrolment(work: Work, learner: Learner, edition: Edition) -> Enrolment:
    """An enrolment without parts yet, in this transaction."""
    return work.add(
        Enrolment(
            new_id(), learner.learner_id, learner.force_id, edition.programme_id, edition.version
        )
    )


def put_on(
    work: Work, enrolment: Enrolment, edition: Edition, parts: Iterable[str], how: EnrolledBy
) -> None:
    """Enrol on several parts."""
    for part in parts:
        work.record(enrolment, decide.enrol(enrolment, edition, part, how))


def achieved_before(earlier: Sequence[Enrolment], before: Sequence[Fact]) -> list[Fact]:
    """What a learner brings along: from earlier enrolments, and what waited for one."""
    return [fact for each in earlier for fact in each.facts()] + list(before)


async def defer(work: Work, command: Defer) -> Enrolment:
    enrolment = await work.get(Enrolment, command.enrolment_id, version=command.version)
    return work.record(enrolment, decide.defer(enrolment, command.reason, command.until))


async def resume(work: Work, command: Resume) -> Enrolment:
    """Go on with training, and complete what was achieved while it was deferred."""
    enrolment = await work.get(Enrolment, command.enrolment_id, version=command.version)
    catalogue = await catalogue_of(work.session)
    edition = catalogue.edition(enrolment.programme_id, enrolment.programme_version)
    work.record(enrolment, decide.resume(enrolment))
    return work.record_all(enrolment, settle(enrolment, edition))


async def withdraw(work: Work, command: Withdraw) -> Enrolment:
    enrolment = await work.get(Enrolment, command.enrolment_id, version=command.version)
    return work.record(enrolment, decide.withdraw(enrolment, command.reason))
