"""How fresh everything is."""

from datetime import datetime

from chassis.clock import now
from reporting.api.figures.reader import Document, Reader

COLUMNS = (
    "group",
    "topic",
    "last_event_at",
    "applied_at",
    "age_seconds",
    "lag_seconds",
    "events",
)


async def freshness(reader: Reader) -> Document:
    """One row per read model and topic that it has applied anything of."""
    at, untold = now(), not reader.guard.exact or reader.force is not None
    told = _whole if reader.force is None else minute
    rows = [
        {
            "group": each.group,
            "topic": each.topic,
            "last_event_at": told(each.last_event_at),
            "applied_at": told(each.applied_at),
            "age_seconds": round((at - told(each.last_event_at)).total_seconds(), 3),
            "lag_seconds": round(each.lag_seconds, 3),
            # How many there were in all is the nation's: less one's own, it is others'; and it
            # is what some figures count, too, and may have to withhold.
            "events": None if untold else each.events,
            "suppressed": ["events"] if untold else [],
        }
        for each in reader.applied
    ]
    n = None if untold else sum(each.events for each in reader.applied)
    return {"n": n, "at": at, "columns": COLUMNS, "rows": rows}


def _whole(at: datetime) -> datetime:
    return at


def minute(at: datetime) -> datetime:
    """When exactly something has happened is told to the force where it has."""
    return at.replace(second=0, microsecond=0)
