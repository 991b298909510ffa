"""Tables, and how the domain's classes map to them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Enum,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)

from chassis.database import mapper
from events.domain.place import Place, PlaceState
from events.domain.session import Session, SessionState
from npp_contracts.codes import Attendance, CancelledBy, SessionCancellation, SessionKind

metadata = MetaData()


def _word(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        values_callable=lambda words: [word.value for word in words],
    )


def _updated_at() -> Column[Any]:
    return Column("updated_at", DateTime(timezone=True), onupdate=func.now())


sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("kind", _word(SessionKind)),
    Column("title", Text),
    Column("programme_id", Text),
    Column("module", Text),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("capacity", Integer),
    Column("duty_minutes", Integer),
    Column("full_attendance_percent", SmallInteger),
    Column("retrospective", Boolean),
    Column("venue", Text),
    Column("join_url", Text),
    Column("recording_url", Text),
    Column("state", _word(SessionState)),
    Column("cancellation", _word(SessionCancellation)),
    Column("booked", Integer),
    Column("waiting", Integer),
    Column("no_shows", Integer),
    Column("joined", Integer),
    Column("version", Integer),
    _updated_at(),
)

places = Table(
    "places",
    metadata,
    Column("place_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("session_id", Uuid),
    Column("learner_id", Uuid),
    Column("position", Integer),
    Column("state", _word(PlaceState)),
    Column("cancelled_by", _word(CancelledBy)),
    Column("late", Boolean),
    Column("attendance", _word(Attendance)),
    Column("minutes", Integer),
    Column("version", Integer),
    _updated_at(),
)

attendance_reasons = Table(
    "attendance_reasons",
    metadata,
    Column("place_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("force_id", Text),
    Column("reason", Text),
    Column("given_by", Text),
    Column("given_at", DateTime(timezone=True)),
)

learners = Table(
    "learners",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("sequence", BigInteger),
)

modules = Table(
    "modules",
    metadata,
    Column("programme_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
)

_registry = mapper(metadata)
# The database alone dates a row, so that lists by `updated_since` follow one clock.
_registry.map_imperatively(Session, sessions, exclude_properties=["updated_at"])
_registry.map_imperatively(Place, places, exclude_properties=["updated_at"])
