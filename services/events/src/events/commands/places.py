"""Booking places for learners, and giving them up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.auth import NATIONAL
from chassis.clock import new_id
from chassis.errors import NotFound
from chassis.work import Work
from events.commands.seating import lock_session, move_up, record_place
from events.commands.sessions import ORGANISERS
from events.domain.errors import LearnerOfAnotherForce, LearnerUnknown, SessionStarted
from events.domain.place import Place, give_up, take
from events.domain.session import Session
from events.store import force_of_learners, live_places, overlaps, session_of
from npp_contracts.codes import CancelledBy


@dataclass(frozen=True)
class BookPlaces:
    """Give places to learners, in the order in which they join."""

    session_id: UUID
    learner_ids: Sequence[UUID]


@dataclass(frozen=True)
class Booking:
    """A learner's place, and the other sessions at the same time: a warning, not a refusal."""

    place: Place
    overlaps: list[UUID]


async def book_places(work: Work, command: BookPlaces) -> list[Booking]:
    """One place per learner; who has one already keeps it, so a repeat changes nothing."""
    learner_ids = list(dict.fromkeys(command.learner_ids))
    _require_may_book(work, learner_ids)
    # Learners before the session: the order in which a transfer locks them, too.
    forces = await force_of_learners(work.session, work.actor, learner_ids)
    session = await lock_session(work, command.session_id)
    _require_known(session, learner_ids, forces)
    found = await live_places(work.session, work.actor, session.session_id, learner_ids)
    places = {place.learner_id: place for place in found}
    for learner_id in learner_ids:
        if learner_id not in places:
            _require_may_book_now(work, session)
            place = Place(new_id(), forces[learner_id], session.session_id, learner_id)
            record_place(work, session, place, take(session, place, work.now))
            places[learner_id] = work.add(place)
    clashes = await overlaps(work.session, session, learner_ids)
    return [Booking(places[each], clashes.get(each, [])) for each in learner_ids]


def _require_may_book(work: Work, learner_ids: list[UUID]) -> None:
    work.actor.require(*ORGANISERS, "candidate")
    own = [str(each) for each in learner_ids] == [work.actor.subject]
    if not _organises(work) and not own:
        raise LearnerUnknown(field="learner_ids")


def _require_may_book_now(work: Work, session: Session) -> None:
    # History is entered by those who answer for it; a learner books what is still ahead.
    if not _organises(work) and work.now >= session.starts_at:
        raise SessionStarted


def _organises(work: Work) -> bool:
    return not work.actor.roles.isdisjoint(ORGANISERS)


def _require_known(session: Session, learner_ids: list[UUID], forces: dict[UUID, str]) -> None:
    unknown = [str(each) for each in learner_ids if each not in forces]
    if unknown:
        raise LearnerUnknown(field="learner_ids", unknown=unknown)
    if session.force_id != NATIONAL and set(forces.values()) != {session.force_id}:
        raise LearnerOfAnotherForce(field="learner_ids")


@dataclass(frozen=True)
class CancelPlace:
    """Give up a place; by: who did, when an organiser types in what a person said."""

    place_id: UUID
    by: CancelledBy | None = None
    version: int | None = None


async def cancel_place(work: Work, command: CancelPlace) -> Place:
    work.actor.require(*ORGANISERS, "candidate")
    session_id = await session_of(work.session, work.actor, command.place_id)
    if session_id is None:
        raise NotFound("no such place", field="place_id")
    session = await lock_session(work, session_id)
    place = await work.get(Place, command.place_id, version=command.version)
    by = _canceller(work, session, place, command.by)
    record_place(work, session, place, give_up(session, place, by, work.now))
    await move_up(work, session)
    return place


def _canceller(
    work: Work, session: Session, place: Place, named: CancelledBy | None
) -> CancelledBy:
    if work.actor.subject == str(place.learner_id):
        return CancelledBy.PERSON
    if not _organises(work):
        raise NotFound("no such place", field="place_id")
    organiser = work.actor.acts_for(session.force_id)
    return named or (CancelledBy.ORGANISER if organiser else CancelledBy.PERSON)
