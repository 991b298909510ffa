"""Taking the register of a session: many lines, all or none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Refusal
from chassis.work import Work
from events.commands.seating import lock_session, record_place
from events.commands.sessions import ORGANISERS
from events.domain.errors import LearnerNamedTwice, LearnerUnknown
from events.domain.place import Place
from events.domain.register import (
    Entry,
    Mark,
    attend,
    mark,
    require_register_open,
    seated,
    walk_in,
)
from events.domain.session import Session
from events.store import attendance_reasons, force_of_learners, live_places
from npp_contracts.codes import Attendance


@dataclass(frozen=True)
class RecordRegister:
    """Enter lines in a session's register."""

    session_id: UUID
    entries: Sequence[Entry]


@dataclass
class Register:
    """A locked session with the places and learners that its lines speak of."""

    work: Work
    session: Session
    places: dict[UUID, Place]
    forces: dict[UUID, str]
    recorded: int = 0
    reasons: list[dict[str, Any]] = field(default_factory=list)

    def enter(self, entry: Entry, marked: Mark) -> None:
        place = self.places.get(entry.learner_id)
        if place is None or not seated(place):
            place = self._seat(place, entry.learner_id, marked)
        event = attend(self.session, place, marked, entry.reason)
        if event is None:
            return
        record_place(self.work, self.session, place, event)
        self.recorded += 1
        if entry.reason:
            self.reasons.append(self._reason(place, entry.reason))

    def _seat(self, place: Place | None, learner_id: UUID, marked: Mark) -> Place:
        if place is None:
            if learner_id not in self.forces:
                raise LearnerUnknown(field="learner_id")
            force_id = self.forces[learner_id]
            place = self.work.add(Place(new_id(), force_id, self.session.session_id, learner_id))
        return record_place(self.work, self.session, place, walk_in(self.session, place, marked))

    def _reason(self, place: Place, reason: str) -> dict[str, Any]:
        # Kept with the place and never published: an event carries no free text.
        return {
            "place_id": place.place_id,
            "version": place.version,
            "force_id": place.force_id,
            "reason": reason,
            "given_by": self.work.actor.person,
            "given_at": self.work.now,
        }


async def record_register(work: Work, command: RecordRegister) -> int:
    """How many marks are new; a line that the register has already changes nothing."""
    work.actor.require(*ORGANISERS)
    ids = [entry.learner_id for entry in command.entries]
    _require_distinct(ids)
    forces = await force_of_learners(work.session, work.actor, ids)
    session = await lock_session(work, command.session_id)
    require_register_open(session, work.now)
    found = await live_places(work.session, work.actor, session.session_id, ids)
    register = Register(work, session, {place.learner_id: place for place in found}, forces)
    _enter_all(register, command.entries)
    if register.reasons:
        await work.session.flush()
        await work.session.execute(attendance_reasons.insert(), register.reasons)
    return register.recorded


def _enter_all(register: Register, entries: Sequence[Entry]) -> None:
    marked: list[tuple[int, Entry, Mark]] = []
    for at, entry in enumerate(entries):
        with _naming_line(at):
            marked.append((at, entry, mark(register.session, entry)))
    # Who did not show frees the seat of somebody who came without a booking.
    marked.sort(key=lambda line: line[2].attendance is not Attendance.NO_SHOW)
    for at, entry, each in marked:
        with _naming_line(at):
            register.enter(entry, each)


@contextmanager
def _naming_line(at: int) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        refusal.field = f"entries.{at}.{refusal.field or 'learner_id'}"
        raise


def _require_distinct(ids: Sequence[UUID]) -> None:
    seen: set[UUID] = set()
    for at, learner_id in enumerate(ids):
        if learner_id in seen:
            raise LearnerNamedTwice(field=f"entries.{at}.learner_id")
        seen.add(learner_id)
