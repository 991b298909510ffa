"""How fresh everything is."""

from dataclasses import asdict

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
    at = now()
    rows = [
        asdict(each)
        | {
            "age_seconds": round((at - each.last_event_at).total_seconds(), 3),
            "lag_seconds": round(each.lag_seconds, 3),
        }
        for each in reader.applied
    ]
    return {"n": sum(row["events"] for row in rows), "at": at, "columns": COLUMNS, "rows": rows}
