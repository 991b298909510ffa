"""What can be asked of the service: each command loads, decides, records."""

from events.commands.places import Booking, BookPlaces, CancelPlace, book_places, cancel_place
from events.commands.register import RecordRegister, record_register
from events.commands.seating import record_place, release
from events.commands.sessions import (
    CancelSession,
    ChangeSession,
    ScheduleSession,
    cancel_session,
    change_session,
    schedule_session,
)

__all__ = [
    "BookPlaces",
    "Booking",
    "CancelPlace",
    "CancelSession",
    "ChangeSession",
    "RecordRegister",
    "ScheduleSession",
    "book_places",
    "cancel_place",
    "cancel_session",
    "change_session",
    "record_place",
    "record_register",
    "release",
    "schedule_session",
]
