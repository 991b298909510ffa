"""For the tests of who publishes or reads these events: examples, schemas, one strict reader."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from npp_contracts.catalogue import EVENTS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event

Json = dict[str, Any]
Record = tuple[bytes, list[tuple[str, bytes | None]], bytes]

_PACKAGE = Path(__file__).parent
# A wheel carries the files beside the modules; a checkout keeps them beside src/.
_DATA = _PACKAGE if (_PACKAGE / "examples").exists() else _PACKAGE.parents[1]

NAMES = ("minimal", "full")


@dataclass(frozen=True, slots=True)
class Example:
    """A realistic record: `minimal` has null and empty wherever it may, `full` has everything."""

    name: str
    headers: dict[str, str]
    payload: Json

    @property
    def record(self) -> Record:
        """Key, headers and value, as a Kafka client hands them over."""
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        value = json.dumps(self.payload, ensure_ascii=False, separators=(",", ":"))
        return self.headers["ce_subject"].encode(), [*headers], value.encode()

    @property
    def envelope(self) -> Envelope:
        """The record as it is read."""
        return Envelope.from_record(*self.record)

    @property
    def event(self) -> Event:
        """The payload as its class."""
        return EVENTS[self.headers["ce_type"]].model_validate(self.payload)


def read_examples(path: Path) -> list[Example]:
    """The examples of one file."""
    document: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    return [Example(name, each["headers"], each["payload"]) for name, each in document.items()]


@cache
def examples(event: type[Event]) -> tuple[Example, ...]:
    """The two committed examples of an event."""
    return tuple(read_examples(_DATA / "examples" / f"{event.type}.json"))


def all_examples() -> list[Example]:
    """Every example of every event: feed them to a consumer and nothing must break."""
    return [example for event in EVENTS.values() for example in examples(event)]


@cache
def golden() -> dict[str, list[Json]]:
    """By feed what its force reads of the examples over HTTP: CloudEvents, under pseudonyms."""
    found = sorted((_DATA / "golden").glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in found}


@cache
def schema(event: type[Event]) -> Json:
    """The committed JSON Schema (2020-12) of an event's payload."""
    document: Json = json.loads((_DATA / "schemas" / f"{event.type}.json").read_text("utf-8"))
    return document


def read(record: Record) -> Event:
    """The event of a record of which everything must be right.

    Raises `EnvelopeError`, `KeyError` for an unknown type, pydantic's `ValidationError`, and
    `ValueError` when envelope and payload disagree about key or force.
    """
    return read_as(EVENTS[Envelope.from_record(*record).type], record)


def read_as(event: type[Event], record: Record) -> Event:
    """The same for an event that need not be in the catalogue."""
    envelope = Envelope.from_record(*record)
    said = event.model_validate_json(envelope.data)
    if said.key != envelope.subject:
        raise ValueError(f"subject {envelope.subject} is not the payload's key {said.key}")
    if said.force_id != envelope.forceid:
        raise ValueError(f"forceid {envelope.forceid} is not the payload's {said.force_id}")
    return said
