"""Sessions, places and moments that the decisions' tests start from."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from events.domain.place import Place
from events.domain.session import Session
from npp_contracts.codes import SessionKind

START = datetime(2026, 6, 10, 8, tzinfo=UTC)
LONG_BEFORE = START - timedelta(days=7)
SHORTLY_BEFORE = START - timedelta(hours=23)
AFTER = START + timedelta(hours=1)


def a_session(**given: Any) -> Session:
    usual: dict[str, Any] = {
        "session_id": uuid4(),
        "force_id": "derbyshire",
        "kind": SessionKind.CLASSROOM,
        "title": "Problem solving together",
        "programme_id": "npp",
        "module": "problem-solving-2",
        "starts_at": START,
        "ends_at": START + timedelta(hours=8),
        "capacity": 2,
        "duty_minutes": 420,
        "full_attendance_percent": 80,
        "retrospective": False,
    }
    return Session(**usual | given)


def a_place(session: Session, **given: Any) -> Place:
    usual: dict[str, Any] = {
        "place_id": uuid4(),
        "force_id": "derbyshire",
        "session_id": session.session_id,
        "learner_id": uuid4(),
    }
    return Place(**usual | given)
