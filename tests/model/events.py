"""Events of the model: what is committed, how it looks as a row and on the wire."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from npp_contracts.envelope import Envelope
from npp_contracts.portfolio import PortfolioReturned, PortfolioSubmitted
from npp_contracts.topics import PORTFOLIOS

TOPIC: Final = PORTFOLIOS.name
PARTITIONS: Final = 2
KEYS: Final = ("a", "b", "c", "d")

FINE: Final = b"fine"
SKIPPED: Final = b"skipped"  # of a type that the consumer does not handle
UNREADABLE: Final = b"unreadable"
FAILING: Final = b"failing"  # its handler fails, until somebody mends it
FLAKY: Final = b"flaky"  # its handler fails once
KINDS: Final = (FINE, FINE, FINE, FINE, SKIPPED, FLAKY, UNREADABLE, FAILING)


@dataclass(eq=False, slots=True)
class Committed:
    """The event log: what was committed, per key in order."""

    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        self.events.setdefault(row["aggregateid"], []).append(row)

    def of(self, key: str) -> list[dict[str, Any]]:
        return self.events.get(key, [])

    @property
    def ids(self) -> set[UUID]:
        return {row["id"] for rows in self.events.values() for row in rows}


def row(key: str, sequence: int, number: int, payload: bytes) -> dict[str, Any]:
    """A row of the queue with its row of the log; number: unlike any other's."""
    kind = PortfolioReturned if payload == SKIPPED else PortfolioSubmitted
    return {
        "id": UUID(int=number),
        "aggregatetype": TOPIC,
        "aggregateid": key,
        "type": kind.type,
        "sequence": sequence,
        "forceid": "derbyshire",
        "time": datetime(2026, 6, 15, tzinfo=UTC),
        "correlationid": "model",
        "causationid": None,
        "traceparent": None,
        "payload": payload,
    }


def label(envelope: Envelope) -> str:
    return f"{envelope.subject}{envelope.sequence}"
