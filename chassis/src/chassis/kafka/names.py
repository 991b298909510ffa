"""Records as the client walks what it has fetched: cheaply, and whatever their header names are."""

# The client would make a pair of new objects of each header, and keep them all until the batch is
# done: for records as ours, that is most of what reading costs. So headers are split at once.
#
# aiokafka decodes header names while it walks a fetched batch, and the error comes out of the poll:
# the records before it in the batch are dropped, those behind it are never reached, and no
# partition of the group goes on. So the walk begins again here, more patiently, where it failed.

from collections.abc import Iterator
from struct import unpack_from
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from chassis.kafka.record import Place, Record
from npp_contracts.columns import Split

# A batch: its base offset in 8 bytes, in 4 the length of what follows, and there how far its last
# record's offset is from the base.
_LENGTH_AT: Final = 8
_HEAD: Final = 12
_LAST_AT: Final = 23


class _Kept(MemoryRecords):  # type: ignore[misc]
    """What was fetched of a partition, with its bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _Name(bytearray):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _Buffer(bytearray):
    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Name(found) if isinstance(place, slice) else found


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Buffer(self._buffer)


class _Slowly:
    """The batches from an offset on, read in Python; every broker of today writes these."""

    def __init__(self, data: bytes, since: int) -> None:
        self._left = memoryview(data)
        while self.has_next() and self._last() < since:
            self._left = self._left[self._size() :]

    def has_next(self) -> bool:
        return len(self._left) >= _HEAD and len(self._left) >= self._size()

    def next_batch(self) -> _Batch:
        size = self._size()
        batch, self._left = _Batch(bytes(self._left[:size])), self._left[size:]
        return batch

    def _last(self) -> int:
        (base,), (further,) = unpack_from(">q", self._left), unpack_from(">i", self._left, _LAST_AT)
        return int(base + further)

    def _size(self) -> int:
        (length,) = unpack_from(">i", self._left, _LENGTH_AT)
        return int(_HEAD + length)


class _Patient(fetcher.PartitionRecords):  # type: ignore[misc]
    _records: Any
    _records_iterator: Iterator[Record]
    _names: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return self._records_iterator

    def _consumer_record(self, place: Place, r: Any) -> Record:
        headers = Split.of(r.headers)
        if headers.names == self._names:
            headers.names = self._names
        else:
            self._names = headers.names
        return Record(*place, r.offset, r.timestamp, r.key, headers, r.value)

    def _unpack_records(self) -> Iterator[Any]:
        fetched: _Kept = self._records
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            # What was given out already of the failing batch is skipped by its offset.
            self._records = _Slowly(fetched.data, self.next_fetch_offset)
            yield from super()._unpack_records()


def read_any() -> None:
    """Have every consumer of this process read `Record`s, with any header name."""
    fetcher.MemoryRecords = _Kept
    fetcher.PartitionRecords = _Patient
