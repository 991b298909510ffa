"""Scheduling, changing and cancelling a session."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from chassis.auth import SYSTEM
from chassis.clock import new_id
from chassis.work import Work
from events.commands.seating import lock_session, move_up, record_place
from events.domain.errors import (
    AttendanceAlreadyRecorded,
    ModuleUnknown,
    NotTheOrganiser,
    NotYourForce,
    ProgrammeNeeded,
)
from events.domain.place import withdraw
from events.domain.session import Changes, Session, cancel, change, schedule
from events.store import every_force, live_places, modules_of
from npp_contracts.codes import CancelledBy, SessionCancellation, SessionKind

ORGANISERS = ("force-admin", "national-admin")


@dataclass(frozen=True)
class ScheduleSession:
    """Put a session on the calendar of a force, or of the nation; None is the caller's own."""

    kind: SessionKind
    title: str
    programme_id: str | None
    module: str | None
    starts_at: datetime
    ends_at: datetime
    capacity: int
    duty_minutes: int
    full_attendance_percent: int
    venue: str | None = None
    join_url: str | None = None
    recording_url: str | None = None
    force_id: str | None = None


async def schedule_session(work: Work, command: ScheduleSession) -> Session:
    work.actor.require(*ORGANISERS)
    force_id = command.force_id or work.actor.force_id
    if not work.actor.acts_for(force_id):
        raise NotYourForce(field="force_id")
    await _require_known_module(work, command)
    wanted = asdict(command) | {"force_id": force_id}
    past = command.starts_at <= work.now
    session = Session(session_id=new_id(), retrospective=past, **wanted)
    work.record(session, schedule(session))
    return work.add(session)


async def _require_known_module(work: Work, command: ScheduleSession) -> None:
    if command.module is None:
        return
    if command.programme_id is None:
        raise ProgrammeNeeded(field="programme_id")
    known = await modules_of(work.session, command.programme_id)
    if known and command.module not in known:
        raise ModuleUnknown(field="module", programme_id=command.programme_id)


@dataclass(frozen=True)
class ChangeSession:
    """Change a session; whereabouts: venue and links, which no event carries, by name."""

    session_id: UUID
    changes: Changes
    whereabouts: Mapping[str, str | None]
    version: int | None = None


async def change_session(work: Work, command: ChangeSession) -> Session:
    session = await _organised(work, command.session_id, command.version)
    work.record(session, change(session, command.changes, work.now))
    for name, value in command.whereabouts.items():
        setattr(session, name, value)
    await move_up(work, session)
    return session


@dataclass(frozen=True)
class CancelSession:
    """Call a session off, and with it every place."""

    session_id: UUID
    reason: SessionCancellation
    version: int | None = None


async def cancel_session(work: Work, command: CancelSession) -> Session:
    session = await _organised(work, command.session_id, command.version)
    work.record(session, cancel(session, command.reason, work.now))
    async with every_force(work.session):
        for place in await live_places(work.session, SYSTEM, session.session_id):
            if place.attendance is not None:
                raise AttendanceAlreadyRecorded
            gone = withdraw(session, place, CancelledBy.ORGANISER, work.now)
            record_place(work, session, place, gone)
    return session


async def _organised(work: Work, session_id: UUID, version: int | None) -> Session:
    work.actor.require(*ORGANISERS)
    session = await lock_session(work, session_id, version)
    if not work.actor.acts_for(session.force_id):
        raise NotTheOrganiser
    return session
