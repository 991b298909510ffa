"""What a day's files are, as a Data Package 2.0 descriptor (https://datapackage.org)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from npp_contracts.event import Event
from reporting.domain.forces import force
from reporting.feeds.queries import Day
from reporting.files.columns import columns

_PROFILES: Final = "https://datapackage.org/profiles/2.0/"
MEDIA_TYPES: Final = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_CSV: Final[dict[str, Any]] = {
    "encoding": "utf-8",
    "dialect": {
        "$schema": _PROFILES + "tabledialect.json",
        "delimiter": ",",
        "lineTerminator": "\r\n",
        "header": True,
    },
}
_MANIFEST: Final = (
    ("feed", "string", "The force's feed."),
    ("day", "date", "The UTC day on which the events were placed."),
    ("count", "integer", "How many events; the sum of `rows` of all files of one format."),
    ("first_position", "integer", "Of the first of them; null when there was none."),
    ("last_position", "integer", "Of the last."),
    ("chain_start", "string", "The feed's hash chain before the first event."),
    ("chain_end", "string", "And after the last."),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file that was made. format: csv or parquet."""

    kind: type[Event]
    format: str
    rows: int
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.kind.type}.{self.format}"


def descriptor(feed: str, day: Day, made_at: datetime, files: Sequence[File]) -> dict[str, Any]:
    """The package, all but where its files are. The manifest is its first resource."""
    return {
        "$schema": _PROFILES + "datapackage.json",
        "name": f"npp-{feed}-{day.day}",
        "title": f"Training events of {force(feed).name}, {day.day}",
        "description": "All events that were placed in the feed on that day (UTC), by type and in"
        " the order of the feed, each in CSV and in Parquet. Ids of people are pseudonyms of the"
        " force's own.",
        "created": made_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "resources": [_manifest(feed, day), *map(_resource, files)],
    }


def begun(day: date) -> datetime:
    """When the day after it began: since then its package stands."""
    return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=UTC)


def _manifest(feed: str, day: Day) -> dict[str, Any]:
    row = {
        "feed": feed,
        "day": str(day.day),
        "count": day.count,
        "first_position": day.first_position,
        "last_position": day.last_position,
        "chain_start": day.chain_before,
        "chain_end": day.chain_after,
    }
    fields = [{"name": n, "type": t, "description": d} for n, t, d in _MANIFEST]
    return {
        "$schema": _PROFILES + "dataresource.json",
        "name": "manifest",
        "type": "table",
        "description": "The feed's manifest of the day.",
        "data": [row],
        "schema": {"$schema": _PROFILES + "tableschema.json", "fields": fields},
    }


def _resource(file: File) -> dict[str, Any]:
    return {
        "$schema": _PROFILES + "dataresource.json",
        "name": file.name,
        "type": "table",
        "description": " ".join((file.kind.__doc__ or "").split()),
        "format": file.format,
        "mediatype": MEDIA_TYPES[file.format],
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rows": file.rows,
        **(_CSV if file.format == "csv" else {}),
        "schema": {
            "$schema": _PROFILES + "tableschema.json",
            "fields": [each.field for each in columns(file.kind)],
            "primaryKey": ["position"],
        },
    }
