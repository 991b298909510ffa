"""Many records at once: envelopes as our own relay writes them, checked column by column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, Self, overload

from npp_contracts.envelope import Headers, matches
from npp_contracts.headers import CONTENT_TYPE, SCHEMA_PREFIX

# The order of Envelope.headers(); a record may lack the two that are optional.
_LAYOUT = (
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"),
    *("ce_dataschema", "ce_correlationid", "ce_causationid", "ce_sequence", "ce_forceid"),
    *("ce_traceparent", "content-type"),
)
_OPTIONAL = [(_LAYOUT.index(name), name) for name in ("ce_causationid", "ce_traceparent")]
_LAYOUTS = [
    tuple(name for name in _LAYOUT if name not in absent)
    for absent in (
        (),
        ("ce_causationid",),
        ("ce_traceparent",),
        ("ce_causationid", "ce_traceparent"),
    )
]
# Instead of the value of a header that is not there; a null one is, and is refused.
_ABSENT: Final = object()
_SPECVERSION = {b"1.0"}
_CONTENT = {CONTENT_TYPE.encode()}
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_HEX = bytes.maketrans(b"123456789abcdef", b"000000000000000")
_UUID = b"00000000-0000-0000-0000-000000000000"
_TIMES = {b"0000-00-00T00:00:00.000000Z", b"0000-00-00T00:00:00Z"}
_MAX_SEQUENCE = 2**63 - 1
_MAX_LENGTH = 256

# A null among these fails where they are joined.
_Raw = list[Any]


class _Foreign(Exception):
    """Not as we write it; it may still be an envelope."""


class Split(Sequence[tuple[str, bytes | None]]):
    """Headers as their names and their values.

    Records that were sent alike can share the names: held like this until their batch is done,
    headers take a third of the memory that their pairs take, and far less time in all.
    """

    __slots__ = ("names", "values")

    def __init__(self, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
        self.names = names
        self.values = values

    @classmethod
    def of(cls, headers: Headers) -> Self:
        names, values = zip(*headers, strict=True) if headers else ((), ())
        return cls(names, values)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, bytes | None]]:
        return zip(self.names, self.values, strict=True)

    @overload
    def __getitem__(self, index: int) -> tuple[str, bytes | None]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, bytes | None]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return list(self)[index]


class _Record(Protocol):
    @property
    def key(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """What the envelopes of records say, each a list in the records' order.

    ids and times are the text that was sent, judged but not built into objects.
    """

    types: list[str]
    ids: list[str]
    subjects: list[str]
    times: list[str]
    sequences: list[int]


def columns(records: Sequence[_Record]) -> Columns | None:
    """Read all envelopes if every record is exactly as `Envelope.headers()` writes it.

    None otherwise: then each is to be read by `Envelope.from_record`, which names what is wrong.
    What is read here, that reads too, and to the same.
    """
    if not records:
        return None
    try:
        found = _by_name([record.headers for record in records])
        return _columns([record.key for record in records], found)
    except (_Foreign, ValueError, TypeError):  # undecodable, no number, or a null
        return None


def _by_name(given: Sequence[Headers]) -> dict[str, _Raw]:
    rows = [row if isinstance(row, Split) else Split.of(row) for row in given]
    names = rows[0].names
    if [row.names for row in rows].count(names) < len(rows):
        names, rows = _LAYOUT, [_filled(row) for row in rows]
    if names not in _LAYOUTS:
        raise _Foreign
    values = zip(*[row.values for row in rows], strict=True)
    return dict(zip(names, map(list, values), strict=True))


def _filled(row: Split) -> Split:
    names, values = row.names, row.values
    for place, name in _OPTIONAL:
        if names[place : place + 1] != (name,):
            names = (*names[:place], name, *names[place:])
            values = (*values[:place], _ABSENT, *values[place:])
    if names != _LAYOUT:
        raise _Foreign
    return Split(names, values)


def _columns(keys: _Raw, found: dict[str, _Raw]) -> Columns:
    if set(found["ce_specversion"]) != _SPECVERSION or set(found["content-type"]) != _CONTENT:
        raise _Foreign
    _few(found, "ce_source")
    _few(found, "ce_forceid")
    _text(found["ce_correlationid"])
    _text([raw for raw in found.get("ce_causationid", ()) if raw is not _ABSENT])
    if found["ce_subject"] != keys:
        raise _Foreign
    return Columns(
        types=_types(found),
        ids=_ids(found["ce_id"]),
        subjects=_text(keys),
        times=_times(found["ce_time"]),
        sequences=_sequences(found["ce_sequence"]),
    )


def _few(found: dict[str, _Raw], name: str) -> None:
    if not all(matches(name, raw) for raw in set(found[name])):
        raise _Foreign


def _types(found: dict[str, _Raw]) -> list[str]:
    kinds, schemas = found["ce_type"], found["ce_dataschema"]
    _few(found, "ce_type")
    names = {}
    for kind, schema in set(zip(kinds, schemas, strict=True)):
        names[kind] = (kind or b"").decode()
        if schema != f"{SCHEMA_PREFIX}{names[kind]}".encode():
            raise _Foreign
    return [names[kind] for kind in kinds]


def _ids(raw: _Raw) -> list[str]:
    lines = b"\n".join(raw)
    if lines.translate(_HEX) != b"\n".join([_UUID] * len(raw)):
        raise _Foreign
    return lines.decode().split("\n")


def _times(raw: _Raw) -> list[str]:
    lines = b"\n".join(raw)
    times = lines.decode().split("\n")
    if not set(lines.translate(_DIGITS).split(b"\n")) <= _TIMES or len(times) != len(raw):
        raise _Foreign
    # There are few different minutes among them.
    for minute in {time[:16] for time in times}:
        datetime.fromisoformat(minute)
    if {time[17] for time in times} & set("6789"):
        raise _Foreign
    return times


def _text(raw: _Raw) -> list[str]:
    if not raw:
        return []
    lengths = set(map(len, raw))
    text = b"\n".join(raw).decode()
    lines = text.split("\n")
    if min(lengths) == 0 or max(lengths) > _MAX_LENGTH or len(lines) != len(raw):
        raise _Foreign
    if not "".join(lines).isprintable():
        raise _Foreign
    return lines


def _sequences(raw: _Raw) -> list[int]:
    numbers = list(map(int, raw))
    # int() also reads signs, blanks, underscores and zeros in front.
    if b"\n".join(raw) != b"\n".join([b"%d" % number for number in numbers]):
        raise _Foreign
    if min(numbers) < 1 or max(numbers) > _MAX_SEQUENCE:
        raise _Foreign
    return numbers
