"""Steps that several commands share: the session's figures follow its places, the line moves up."""

from uuid import UUID

from chassis.errors import NotFound
from chassis.work import Work
from events.domain.place import Place, promotable, promote, withdraw
from events.domain.session import Session
from events.store import every_force, first_in_line
from npp_contracts.codes import CancelledBy
from npp_contracts.events import AttendanceRecorded, PlaceBooked, PlaceCancelled, PlaceWaitlisted


async def lock_session(work: Work, session_id: UUID, version: int | None = None) -> Session:
    """A session in sight; its lock comes before that of any of its places."""
    session = await work.get(Session, session_id, version=version)
    if not work.actor.sees(session.force_id):
        raise NotFound("no such session", field="session_id")
    return session


def record_place(
    work: Work,
    session: Session,
    place: Place,
    event: PlaceBooked | PlaceWaitlisted | PlaceCancelled | AttendanceRecorded,
) -> Place:
    """Record what happened to a place of a locked session, and count it there."""
    before = place.counts
    work.record(place, event)
    session.recount(before, place.counts)
    return place


async def move_up(work: Work, session: Session) -> None:
    """Give free places to those who wait, first come first served, whatever their force."""
    free = promotable(session, work.now)
    if not free:
        return
    async with every_force(work.session):
        for place in await first_in_line(work.session, session.session_id, free):
            record_place(work, session, place, promote(place))


async def release(work: Work, session: Session, place: Place) -> None:
    """Take a place away on the organiser's side and let the line move up."""
    gone = withdraw(session, place, CancelledBy.ORGANISER, work.now)
    record_place(work, session, place, gone)
    await move_up(work, session)
