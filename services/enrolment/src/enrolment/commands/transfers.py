"""A learner moves to another force: the record goes along, the old collar number ends."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.work import Work
from enrolment.commands.enrolling import learner_in_sight
from enrolment.commands.intakes import tell
from enrolment.commands.statements import retry_waiting
from enrolment.domain import learner as decide
from enrolment.domain.errors import CollarNumberTaken
from enrolment.domain.learner import Learner, Posting
from enrolment.store import locks, people
from enrolment.store.progress import enrolments_of
from npp_contracts.day import day_of
from npp_contracts.ids import NATIONAL


@dataclass(frozen=True, slots=True)
class Transfer:
    learner_id: UUID
    to_force_id: str
    collar_number: str
    effective_on: date
    email: str | None = None
    version: int | None = None


async def transfer(work: Work, command: Transfer) -> Learner:
    """Hand a learner over; from the commit on the old force sees them no more."""
    await locks.about_to_appear(work.session, command.to_force_id)
    learner = await learner_in_sight(work, command.learner_id, command.version)
    since = await people.posted_from(work.session, learner.learner_id)
    moved = decide.transfer(
        learner, command.to_force_id, command.effective_on, since, day_of(work.now)
    )
    async with locks.every_force(work.session):
        number = (command.to_force_id, command.collar_number)
        taken = (await people.holders(work.session, [number])).get(number, [])
        if any(_is_held(each, command.effective_on) for each in taken):
            raise CollarNumberTaken(field="collar_number")
        await _hand_over(work, learner, command)
        work.record(learner, moved)
        learner.collar_number = command.collar_number
        learner.email = command.email or learner.email
        await work.session.flush()
        await retry_waiting(work, [learner])
    await tell(work, (), {command.to_force_id, NATIONAL})
    return learner


def _is_held(posting: Posting, on: date) -> bool:
    return posting.valid_to is None or posting.valid_to > on


async def _hand_over(work: Work, learner: Learner, command: Transfer) -> None:
    await people.end_posting(work.session, learner.learner_id, command.effective_on)
    posting = (learner.learner_id, command.collar_number, command.effective_on)
    await people.post(work.session, command.to_force_id, [posting])
    found = await enrolments_of(work.session, [learner.learner_id])
    for enrolment in found.get(learner.learner_id, ()):
        enrolment.force_id = command.to_force_id
