"""Erasing a learner, and holds that keep it from being done."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import driver
from chassis.errors import NotFound
from chassis.operating.audit import Operator, note
from chassis.privacy.access import Kept, preview
from chassis.privacy.erasing import give_receipt
from chassis.work import Work
from enrolment.commands.enrolling import learner_in_sight
from enrolment.domain import erasure as decide
from enrolment.domain.erasure import Request
from enrolment.domain.errors import AlreadyErased, LearnerUnknown
from enrolment.domain.learner import Learner
from enrolment.store import erasures, locks, people
from enrolment.store.erasures import Erasure, Had
from enrolment.store.privacy import PRIVACY
from npp_contracts.day import day_of


@dataclass(frozen=True, slots=True)
class Erase:
    learner_id: UUID
    request: Request


@dataclass(frozen=True, slots=True)
class Hold:
    learner_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an erasure would meet. other_forces: how many others have had the learner."""

    learner: Learner
    held: bool
    other_forces: int
    items: list[Kept]


async def look_ahead(work: Work, learner_id: UUID) -> Prospect:
    """What is held here, and what would refuse an erasure."""
    learner = await _known(work, learner_id)
    held, had = await _standing(work, learner_id)
    connection = await driver(work.session)
    items = await preview(connection, PRIVACY.holdings, learner_id)
    others = {each.force_id for each in had} - {learner.force_id}
    return Prospect(learner, held, len(others), items)


async def erase(work: Work, command: Erase) -> Erasure:
    """One transaction: what identifies is gone, what announces it goes out, a receipt is kept."""
    # As for a transfer, and before the learner: no file and no statement about them is half taken
    # in meanwhile, and whoever takes one in has the locks in the same order.
    force_id = await people.force_of(work.session, command.learner_id)
    if force_id is None:
        raise LearnerUnknown
    await locks.about_to_appear(work.session, force_id)
    learner = await _known(work, command.learner_id)
    held, had = await _standing(work, learner.learner_id)
    force_ids = sorted({each.force_id for each in had} | {learner.force_id})
    day = day_of(work.now)
    said = decide.erase(learner, force_ids, held, command.request, day)
    asked, due = command.request, said[-1].due_on
    done = Erasure(
        *(learner.learner_id, learner.force_id, force_ids, asked.ground, asked.reason),
        *(asked.requested_on, due, work.now, work.actor.subject),
    )
    await erasures.remember_forgotten(work.session, learner, had, day)
    connection = await driver(work.session)
    rows = await PRIVACY.erase_now(connection, learner.learner_id)
    for told in said:
        await give_receipt(connection, told.learner_id, told.force_id, due, rows)
        rows = {}
    await erasures.record(work.session, done)
    learner.forget(day)
    work.record_all(learner, said)
    return done


async def place_hold(work: Work, command: Hold) -> None:
    learner = await learner_in_sight(work, command.learner_id)
    held, _ = await _standing(work, learner.learner_id)
    work.record(learner, decide.place_hold(learner, held, command.reason))
    async with locks.every_force(work.session):
        await erasures.hold(work.session, learner.learner_id, work.now)
    await _note(work, "hold", command)


async def lift_hold(work: Work, command: Hold) -> None:
    learner = await learner_in_sight(work, command.learner_id)
    held, _ = await _standing(work, learner.learner_id)
    work.record(learner, decide.lift_hold(learner, held, command.reason))
    async with locks.every_force(work.session):
        await erasures.lift(work.session, learner.learner_id)
    await _note(work, "lift-hold", command)


async def _known(work: Work, learner_id: UUID) -> Learner:
    try:
        learner = await work.get(Learner, learner_id)
    except NotFound as missing:
        raise LearnerUnknown from missing
    if learner.erased_on is not None:
        raise AlreadyErased
    return learner


async def _standing(work: Work, learner_id: UUID) -> tuple[bool, list[Had]]:
    async with locks.every_force(work.session):
        since = await erasures.held_since(work.session, learner_id)
        return since is not None, await erasures.postings(work.session, learner_id)


async def _note(work: Work, what: str, command: Hold) -> None:
    by = Operator(work.actor.subject, command.reason)
    await note(await driver(work.session), by, what, str(command.learner_id))
