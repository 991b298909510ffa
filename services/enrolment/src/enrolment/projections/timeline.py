"""The timeline of a learner: what other services said, beside what is in our own event log."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text

from chassis.projection import Projection, Statement
from enrolment.store.tables import timeline_view
from npp_contracts.assessment import AttemptStarted, AttemptSubmitted, ResultReleased
from npp_contracts.event import Event
from npp_contracts.events import (
    AttendanceRecorded,
    PlaceBooked,
    PlaceCancelled,
    PlaceWaitlisted,
)
from npp_contracts.portfolio import (
    PortfolioAssessed,
    PortfolioOpened,
    PortfolioQualityAssured,
    PortfolioReturned,
    PortfolioSigned,
    PortfolioSubmitted,
)

# When something happened, where that is not when it was recorded.
_AT: Final = {
    "npp.enrolment.learner-transferred.v1": "effective_on",
    "npp.enrolment.module-completed.v1": "completed_on",
    "npp.enrolment.part-completed.v1": "completed_on",
    "npp.enrolment.programme-completed.v1": "completed_on",
}

# Our own events are read where they were written, so they are there at once.
_TIMELINE: Final = text("""
WITH own AS (
    SELECT id AS event_id, type, "time" AS recorded_at, sequence,
           convert_from(payload, 'UTF8')::jsonb AS facts
    FROM event_log
    WHERE aggregateid = CAST(:learner_id AS text) OR aggregateid IN (
        SELECT enrolment_id::text FROM enrolments WHERE learner_id = CAST(:learner_id AS uuid))
), every AS (
    SELECT event_id, type, recorded_at, sequence, facts,
           coalesce(facts ->> (CAST(:at AS jsonb) ->> type), recorded_at::text)::timestamptz AS at
    FROM own
    UNION ALL
    SELECT event_id, type, recorded_at, sequence, facts, at
    FROM timeline_view WHERE learner_id = CAST(:learner_id AS uuid)
)
SELECT event_id, type, at, recorded_at, (facts - 'learner_id')::text AS facts FROM every
ORDER BY at, recorded_at, sequence, event_id
""")


async def timeline_of(connection: AsyncConnection, learner_id: UUID) -> list[dict[str, Any]]:
    """What happened to a learner in sight, oldest first."""
    named = {"learner_id": str(learner_id), "at": json.dumps(_AT)}
    rows = (await connection.execute(_TIMELINE, named)).mappings().all()
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]


def entries(kind: type[Event], columns: str, at: str = "time") -> Sequence[Statement]:
    """A line per event: when it happened, and the columns named as its facts."""
    names = [column.split()[0] for column in columns.split(",")]
    facts = ", ".join(f"'{name}', {name}" for name in names)
    clock = "" if at in ("time", *names) else f", {at} timestamptz"
    return [
        Statement(
            f"learner_id uuid, event_id uuid, sequence bigint, time timestamptz, {columns}{clock}",
            f"""
            INSERT INTO timeline_view
                (learner_id, event_id, type, at, recorded_at, sequence, facts)
            SELECT learner_id, event_id, '{kind.type}', {at}, time, sequence,
                   jsonb_build_object({facts})
            FROM fresh ORDER BY learner_id, event_id
            ON CONFLICT (learner_id, event_id) DO NOTHING
            """,  # noqa: S608  made of this module's constants
        )
    ]


_SITTING: Final = "blueprint text, part text, occasion text, form text"
_ROUND: Final = "portfolio_id uuid, revision integer"
_PLACE: Final = "place_id uuid, session_id uuid"

TIMELINE = Projection(
    "enrolment.timeline",
    tables=[timeline_view],
    on={
        kind: entries(kind, columns, at)
        for kind, columns, at in (
            (AttemptStarted, _SITTING, "started_at"),
            (AttemptSubmitted, "blueprint text, occasion text", "submitted_at"),
            (ResultReleased, f"{_SITTING}, outcome text, score_percent numeric", "time"),
            (PortfolioOpened, "portfolio_id uuid, part text", "time"),
            (PortfolioSubmitted, _ROUND, "time"),
            (PortfolioReturned, f"{_ROUND}, reason text", "time"),
            (PortfolioAssessed, f"{_ROUND}, met integer, criteria integer", "time"),
            (PortfolioQualityAssured, f"{_ROUND}, outcome text", "time"),
            (PortfolioSigned, f"{_ROUND}, part text", "signed_at"),
            (PlaceBooked, _PLACE, "time"),
            (PlaceWaitlisted, _PLACE, "time"),
            (PlaceCancelled, f"{_PLACE}, by text, late boolean", "time"),
            (
                AttendanceRecorded,
                f"{_PLACE}, module text, attendance text, minutes integer, held_on date",
                "held_on",
            ),
        )
    },
)
