"""Records that no good producer writes, and what should become of each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from aiokafka.partitioner import DefaultPartitioner

from chassis.clock import new_id
from npp_contracts.catalogue import TOPICS
from npp_contracts.enrolment import WorkforceReported
from npp_contracts.envelope import Envelope
from npp_contracts.headers import SCHEMA_PREFIX

from .arena import Arena
from .raw import Headers, NoText

TOPIC: Final = "npp.enrolment.workforces"
GROUP: Final = "reporting.workforces"
GROUPS: Final = (GROUP, "reporting.feeds")
"""All that read the topic: what one can't use, none can."""
LARGE: Final = 5 * 2**20
INVALID, SKIPPED = "invalid", "skipped"
_SHOWN: Final = "SELECT count(*) FROM workforces_view WHERE force_id = $1 AND headcount = $2"

Poison = tuple[str, str, tuple[bytes, bytes, Headers]]
"""A name, the class that it belongs to, and its key, value and headers."""


def place_of(key: str) -> tuple[str, int]:
    """The partition that a key of TOPIC lies in."""
    numbers = list(range(TOPICS[TOPIC].partitions))
    return TOPIC, int(DefaultPartitioner()(key.encode(), numbers, numbers))


def every_kind() -> Iterator[Poison]:
    """One record of each kind, each with a key of its own."""
    yield "null header", INVALID, _record({"ce_forceid": None})
    yield "undecodable header", INVALID, _record({"ce_correlationid": b"\xff\x00"})
    yield "undecodable header name", INVALID, _misnamed()
    yield "truncated JSON", INVALID, _record({}, cut=10)
    yield "5 MB value", INVALID, _record({}, value=b"5" * LARGE)
    yield "unknown type", SKIPPED, _typed("npp.enrolment.workforce-abolished.v1")
    yield "unknown major", INVALID, _typed("npp.enrolment.workforce-reported.v9")
    yield "missing force id", INVALID, _record({}, without="ce_forceid")


def storm(records: int) -> Sequence[tuple[bytes, bytes, Headers]]:
    """Many that name no key, and so many that do."""
    return [
        _record({"ce_forceid": None}) if number % 2 else _record({}, cut=10)
        for number in range(records)
    ]


async def delay(arena: Arena, force: str) -> float:
    """Seconds from a headcount's acknowledgement until the read model shows it."""
    headcount = await arena.load.report_workforce(force)
    begun = time.monotonic()
    while not (await arena.sql("reporting", _SHOWN, force, headcount))[0][0]:
        if time.monotonic() - begun > 60:
            raise TimeoutError(f"{force}'s headcount {headcount} is not shown within 60 s")
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


def _event(key: str) -> Envelope:
    event = WorkforceReported(force_id=key, as_of=date(2026, 1, 31), headcount=1, source="poison")
    return Envelope.of(
        event, id=new_id(), time=datetime.now(UTC), sequence=1, correlationid="poison"
    )


def _record(
    changes: dict[str, bytes | None],
    *,
    cut: int = 0,
    value: bytes | None = None,
    without: str | None = None,
) -> tuple[bytes, bytes, Headers]:
    event = _event(f"poison-{new_id().hex[-12:]}")
    headers = {**dict(event.headers()), **changes}
    headers.pop(without or "", None)
    whole = event.data if value is None else value
    return event.key, whole[: len(whole) - cut], list(headers.items())


def _misnamed() -> tuple[bytes, bytes, Headers]:
    key, value, headers = _record({})
    named = [(NoText(k) if k == "ce_forceid" else k, v) for k, v in headers]
    return key, value, named


def _typed(kind: str) -> tuple[bytes, bytes, Headers]:
    schema = (SCHEMA_PREFIX + kind).encode()
    return _record({"ce_type": kind.encode(), "ce_dataschema": schema})
