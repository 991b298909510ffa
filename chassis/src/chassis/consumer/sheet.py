"""A batch that was understood as a whole: nothing in it is wrong, and it stays in columns."""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any, Protocol, overload, runtime_checkable

from chassis.consumer.received import Received
from chassis.kafka import Record
from npp_contracts.catalogue import EVENTS
from npp_contracts.columns import Columns, columns
from npp_contracts.envelope import Envelope

Span = tuple[int, int]
"""A key's first and last sequence in a batch that has all between them, in order."""


@runtime_checkable
class Columnar(Protocol):
    """A consumer that takes its batches as a `Sheet`, when it gets one."""

    def reader(self, kind: str) -> Callable[[bytes], Any] | None:
        """How to decode the payload of a type, None if it isn't handled; it raises as it likes."""
        ...


class Sheet(Sequence[Received]):
    """Records without a problem, all events of ours. Each is made a `Received` only when asked for.

    events: what each payload was decoded to, None where the consumer doesn't handle the type.
    """

    def __init__(self, records: Sequence[Record], said: Columns, events: Sequence[Any]) -> None:
        self.records = records
        self.said = said
        self.events = events

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> Received: ...
    @overload
    def __getitem__(self, index: slice) -> list[Received]: ...
    def __getitem__(self, index: int | slice) -> Received | list[Received]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        record = self.records[index]
        envelope = Envelope.from_record(record.key, record.headers, record.value)
        return Received(record, envelope, self.events[index])

    def handled(self, kind: str | None = None) -> "Sheet":
        """The events that the consumer handles; of one type, if it is given."""
        if kind is None:
            wanted = [event is not None for event in self.events]
        else:
            wanted = [each == kind for each in self.said.types]
        return self.only(wanted)

    def only(self, wanted: Sequence[bool]) -> "Sheet":
        """Those of which it is said that they are."""
        if all(wanted):
            return self
        said = self.said
        chosen = Columns(
            list(compress(said.types, wanted)),
            list(compress(said.ids, wanted)),
            list(compress(said.subjects, wanted)),
            list(compress(said.times, wanted)),
            list(compress(said.sequences, wanted)),
        )
        picked = list(compress(self.records, wanted)), chosen, list(compress(self.events, wanted))
        return Sheet(*picked)

    def spans(self) -> dict[str, Span] | None:
        """Each key's sequences, from first to last; None if any key's are not one after another."""
        return spans_of(self.said)


def spans_of(said: Columns) -> dict[str, Span] | None:
    """As `Sheet.spans`."""
    subjects, sequences = said.subjects, said.sequences
    spans = dict(zip(subjects, zip(sequences, sequences, strict=True), strict=True))
    if len(spans) == len(subjects):
        return spans
    spans = {}
    for subject, sequence in zip(subjects, sequences, strict=True):
        first, last = spans.get(subject, (sequence, sequence - 1))
        if sequence != last + 1:
            return None
        spans[subject] = (first, sequence)
    return spans


def sheet(consumer: object, records: Sequence[Record]) -> Sheet | None:
    """Understand a batch at once; None if anything in it must be looked at one by one."""
    if not isinstance(consumer, Columnar) or (said := columns(records)) is None:
        return None
    return page(consumer, records, said)


def page(consumer: Columnar, records: Sequence[Record], said: Columns) -> Sheet | None:
    """The same of records whose envelopes have been read, for one consumer of several."""
    readers: dict[str, Callable[[bytes], Any] | None] = {}
    for kind in set(said.types):
        # An event that nobody knows may be of a version to come: a problem, or not.
        if kind not in EVENTS or EVENTS[kind].topic.name != records[0].topic:
            return None
        readers[kind] = consumer.reader(kind)
    values = [record.value for record in records]
    if None in values:
        return None
    try:
        events = _decoded(said.types, readers, values)
    except Exception:  # noqa: BLE001 - whatever it is, the careful way says of which record
        return None
    return Sheet(records, said, events)


def _decoded(
    types: Sequence[str], readers: dict[str, Callable[[bytes], Any] | None], values: Sequence[Any]
) -> list[Any]:
    if len(readers) == 1:
        (reader,) = readers.values()
        return [None] * len(values) if reader is None else list(map(reader, values))
    chosen = [readers[kind] for kind in types]
    return [
        None if reader is None else reader(value)
        for reader, value in zip(chosen, values, strict=True)
    ]
