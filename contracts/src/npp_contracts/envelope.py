"""The envelope: CloudEvents 1.0 in Kafka's binary mode, written and read without a parser."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, Self
from uuid import UUID

from npp_contracts.event import Event
from npp_contracts.headers import CONTENT_TYPE, SCHEMA_PREFIX, headers_of
from npp_contracts.ids import SANDBOX

_CONTENT_TYPE = CONTENT_TYPE.encode()

Headers = Sequence[tuple[str, bytes | None]]
Reason = Literal["missing", "duplicate", "undecodable", "invalid", "mismatch", "unsupported"]

_MAX_SEQUENCE = 2**63 - 1
_TYPE = re.compile(r"npp\.[a-z-]{1,64}\.[a-z-]{1,128}\.v[1-9][0-9]{0,3}")
_SOURCE = re.compile(r"/npp/[a-z]([a-z-]{0,62}[a-z])?")
# What is invented goes from where it is made into its feed, and never over a topic of ours.
_FORCE = re.compile(rf"(?!{SANDBOX}$)[a-z][a-z0-9-]{{0,63}}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PATTERNS = {
    "ce_type": _TYPE,
    "ce_source": _SOURCE,
    "ce_forceid": _FORCE,
    "ce_dataschema": re.compile(re.escape(SCHEMA_PREFIX) + _TYPE.pattern),
}
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class EnvelopeError(ValueError):
    """A record is no envelope of ours; `field` is the header at fault, `key` or `value`."""

    def __init__(self, reason: Reason, field: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.reason: Reason = reason
        self.field = field


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds an event on its way: who said it, when it was recorded, in what order.

    `sequence` is the version of the aggregate that the event made: 1, 2, 3 for each key, no gaps.
    `time` is when the fact was recorded (UTC); when it happened is a field of the event.
    """

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    correlationid: str
    causationid: str | None
    sequence: int
    forceid: str
    traceparent: str | None
    data: bytes

    @classmethod
    def of(
        cls,
        event: Event,
        *,
        id: UUID,
        time: datetime,
        sequence: int,
        correlationid: str,
        causationid: str | None = None,
        traceparent: str | None = None,
    ) -> Self:
        """The envelope of an event that its owner publishes."""
        return cls(
            id=id,
            type=event.type,
            source=f"/npp/{event.topic.owner}",
            subject=event.key,
            time=time,
            dataschema=SCHEMA_PREFIX + event.type,
            correlationid=correlationid,
            causationid=causationid,
            sequence=sequence,
            forceid=event.force_id,
            traceparent=traceparent,
            data=event.model_dump_json().encode(),
        )

    @property
    def key(self) -> bytes:
        """The record's key; the same as the subject."""
        return self.subject.encode()

    @property
    def milliseconds(self) -> int:
        """The record's timestamp: when the event was recorded."""
        return int(self.time.timestamp() * 1000)

    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers, in a fixed order; absent extensions are left out."""
        return headers_of(
            id=self.id,
            type=self.type,
            source=self.source,
            subject=self.subject,
            time=self.time,
            dataschema=self.dataschema,
            correlationid=self.correlationid,
            causationid=self.causationid,
            sequence=self.sequence,
            forceid=self.forceid,
            traceparent=self.traceparent,
        )

    @classmethod
    def from_record(cls, key: bytes | None, headers: Headers, value: bytes | None) -> Self:
        """Read a Kafka record; whatever the bytes are, the only exception is `EnvelopeError`."""
        found = _by_name(headers)
        if found.get("ce_specversion") != b"1.0":
            raise EnvelopeError(*_refusal(found, "ce_specversion"))
        if not (found.get("content-type") or b"").startswith(_CONTENT_TYPE):
            raise EnvelopeError(*_refusal(found, "content-type"))
        event_type = _matching(found, "ce_type")
        dataschema = _repeated("ce_dataschema", found.get("ce_dataschema"))
        if dataschema != SCHEMA_PREFIX + event_type:
            _text(found, "ce_dataschema")  # names the reason if there is a nearer one
            raise EnvelopeError("mismatch", "ce_dataschema")
        if value is None:
            raise EnvelopeError("missing", "value")
        return cls(
            id=_uuid(found),
            type=event_type,
            source=_matching(found, "ce_source"),
            subject=_subject(found, key),
            time=_time(found),
            dataschema=dataschema,
            correlationid=_text(found, "ce_correlationid"),
            causationid=_text(found, "ce_causationid") if "ce_causationid" in found else None,
            sequence=_sequence(found),
            forceid=_matching(found, "ce_forceid"),
            traceparent=_traceparent(found),
            data=value,
        )


def _by_name(headers: Headers) -> dict[str, bytes | None]:
    found = dict(headers)
    if len(found) != len(headers):
        names = [name for name, _ in headers]
        for name in found:
            if names.count(name) > 1 and (name.startswith("ce_") or name == "content-type"):
                raise EnvelopeError("duplicate", name)
    return found


def _refusal(found: dict[str, bytes | None], name: str) -> tuple[Reason, str]:
    return ("unsupported" if found.get(name) else "missing"), name


def _text(found: dict[str, bytes | None], name: str) -> str:
    raw = found.get(name)
    if not raw:
        raise EnvelopeError("missing", name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise EnvelopeError("undecodable", name) from None
    if len(text) > 256 or not text.isprintable():
        raise EnvelopeError("invalid", name)
    return text


def _matching(found: dict[str, bytes | None], name: str) -> str:
    text = _repeated(name, found.get(name))
    if text is None:
        _text(found, name)  # names the reason if there is a nearer one
        raise EnvelopeError("invalid", name)
    return text


@lru_cache(maxsize=1024)
def _repeated(name: str, raw: bytes | None) -> str | None:
    # A few types, sources and forces repeat in every record: each is judged once.
    text = raw.decode("utf-8", "replace") if raw else ""
    return text if _PATTERNS[name].fullmatch(text) else None


def matches(name: str, raw: bytes | None) -> bool:
    """Whether this is a type, a source, a force or a schema as the header of that name has it."""
    return _repeated(name, raw) is not None


def _uuid(found: dict[str, bytes | None]) -> UUID:
    text = _text(found, "ce_id")
    # Braces, urn: and missing hyphens are other spellings of one id.
    if _UUID.fullmatch(text) is None:
        raise EnvelopeError("invalid", "ce_id")
    return UUID(int=int(text.replace("-", ""), 16))


def _subject(found: dict[str, bytes | None], key: bytes | None) -> str:
    if key is None:
        raise EnvelopeError("missing", "key")
    subject = _text(found, "ce_subject")
    if key != found["ce_subject"]:
        raise EnvelopeError("mismatch", "key")
    return subject


def _time(found: dict[str, bytes | None]) -> datetime:
    text = _text(found, "ce_time")
    if _TIME.fullmatch(text) is None:
        raise EnvelopeError("invalid", "ce_time")
    try:
        time = datetime.fromisoformat(text)
        return time if time.tzinfo is UTC else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise EnvelopeError("invalid", "ce_time") from None


def _sequence(found: dict[str, bytes | None]) -> int:
    sequence = _number(_text(found, "ce_sequence"))
    if sequence is None:
        raise EnvelopeError("invalid", "ce_sequence")
    return sequence


@lru_cache(maxsize=1024)
def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or text[0] == "0" or len(text) > 19:
        return None
    return sequence if (sequence := int(text)) <= _MAX_SEQUENCE else None


def _traceparent(found: dict[str, bytes | None]) -> str | None:
    # W3C Trace Context: a broken traceparent is ignored; it must not cost us the event.
    raw = found.get("ce_traceparent")
    text = raw.decode("ascii", "replace") if raw else ""
    return text if _TRACEPARENT.fullmatch(text) else None
