"""Every event of the services' topics: who said what when, and where it lies."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

import msgspec

from chassis.kafka import Place, Record, reading
from npp_contracts.catalogue import TOPICS


class Said(msgspec.Struct, gc=False):
    """All that any figure rests on, of whatever an event says."""

    learner_id: str | None = None
    enrolment_id: str | None = None
    portfolio_id: str | None = None
    attempt_id: str | None = None
    place_id: str | None = None
    session_id: str | None = None
    worker_type: str | None = None
    neighbourhood: bool | None = None
    programme_id: str | None = None
    programme_version: int | None = None
    blueprint: str | None = None
    part: str | None = None
    module: str | None = None
    via: str | None = None
    kind: str | None = None
    attendance: str | None = None
    occasion: str | None = None
    outcome: str | None = None
    source: str | None = None
    valid: bool = False
    first_valid: bool = False
    score_percent: float | None = None
    minutes: int = 0
    capacity: int = 0
    headcount: int = 0
    accepted: int = 0
    refused: int = 0
    unmatched: int = 0
    waiting: int = 0
    as_of: date | None = None
    completed_on: date | None = None
    effective_on: date | None = None
    held_on: date | None = None
    ends_at: datetime | None = None
    signed_at: datetime | None = None


class Told(msgspec.Struct, gc=False, frozen=True):
    """An event. kind: the short name of its type. place, offset: where it lies."""

    id: str
    kind: str
    key: str
    sequence: int
    force_id: str
    at: datetime
    said: Said
    place: Place
    offset: int

    @property
    def on(self) -> date:
        return self.at.date()

    @property
    def happened(self) -> date:
        """The day of which it tells, where it says so; else that of its recording."""
        said = self.said
        match self.kind:
            case "learner-transferred":
                found = said.effective_on
            case "module-completed" | "part-completed" | "programme-completed":
                found = said.completed_on
            case "workforce-reported":
                found = said.as_of
            case "attendance-recorded":
                found = said.held_on
            case "portfolio-signed" if said.signed_at is not None:
                found = said.signed_at.astimezone(UTC).date()
            case _:
                found = None
        return found or self.on


Log = list[Told]
_SAID: Final = msgspec.json.Decoder(Said)


def told(headers: Mapping[str, str], key: str, value: bytes, place: Place, offset: int) -> Told:
    """An event by the headers of its record, without their prefix."""
    return Told(
        str(UUID(headers["id"])),
        headers["type"].split(".")[2],
        key,
        int(headers["sequence"]),
        headers["forceid"],
        datetime.fromisoformat(headers["time"]).astimezone(UTC),
        _SAID.decode(value),
        place,
        offset,
    )


async def read(servers: str) -> Log:
    """All of them, each once, whatever was published twice."""
    found: dict[str, Told] = {}
    async with reading(servers, sorted(TOPICS)) as reader:
        begins, ends = await reader.begins(), await reader.ends()
        spans = {place: (begins[place], ends[place]) for place in reader.places}
        async for records in reader.records(spans):
            for each in map(of_record, records):
                found.setdefault(each.id, each)
    return in_order(found.values())


def in_order(events: Iterable[Told]) -> Log:
    """Each key's events in their order; between keys there is none."""
    return sorted(events, key=lambda each: each.sequence)


def of_record(record: Record) -> Told:
    """An event as a record has it."""
    headers = {
        name.removeprefix("ce_"): (value or b"").decode()
        for name, value in record.headers
        if name.startswith("ce_")
    }
    key, value = (record.key or b"").decode(), record.value or b"{}"
    return told(headers, key, value, record.place, record.offset)
