"""From the feed's documents to one type's table, in CSV and in Parquet at once, bit by bit."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any, Final

import msgspec
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from chassis.csvio import csv_lines
from npp_contracts.event import Event
from reporting.files.columns import ENVELOPE, Column, columns, payload_columns

_ROW_GROUP: Final = 20_000
_ARROW: Final[Mapping[str, Callable[[], DataType]]] = MappingProxyType(
    {
        "date": DataType.date32,
        "datetime": lambda: DataType.timestamp("us", tz="UTC"),
        # Bounds may move apart in a later contract; these hold whatever they become.
        "integer": DataType.int64,
        "number": DataType.float64,
        "boolean": DataType.bool,
    }
)
_CAST: Final = frozenset({"date", "datetime"})


class FieldUnknown(ValueError):
    """A document has a field that this release's contract lacks: a later one must make the file."""


class _Document(msgspec.Struct):
    id: str
    type: str
    time: str
    subject: str
    sequence: str
    data: dict[str, Any]


_DOCUMENTS: Final = msgspec.json.Decoder(_Document)


def write_tables(
    kind: type[Event],
    batches: Iterable[Sequence[bytes | str]],
    csv_file: IO[bytes],
    parquet_file: IO[bytes],
) -> int:
    """Write the documents of one type, each JSON, to both files; returns how many there were.

    No more than a batch and a row group are in memory. Raises FieldUnknown, and what `batches`
    raises.
    """
    table = _Table(kind, csv_file)
    reader = RecordBatchReader.from_batches(table.schema, table.batches(batches))
    try:
        write_parquet(
            reader,
            parquet_file,
            # What every reader of Parquet knows.
            compression="snappy",
            writer_version="parquet_1_0",
            max_row_group_size=_ROW_GROUP,
            skip_arrow_metadata=True,
        )
    except Exception:
        # The library tells of our own errors by their words alone.
        if table.failed is not None:
            raise table.failed from None
        raise
    return table.rows


class _Table:
    def __init__(self, kind: type[Event], csv_file: IO[bytes]) -> None:
        self._kind = kind
        self._columns = columns(kind)
        self._payload = tuple(each.name for each in payload_columns(kind))
        self._known = frozenset(self._payload)
        self._csv = csv_file
        self.schema = Schema([_field(each) for each in self._columns])
        self.rows = 0
        self.failed: Exception | None = None

    def batches(self, batches: Iterable[Sequence[bytes | str]]) -> Iterator[RecordBatch]:
        self._csv.write(csv_lines([[each.name for each in self._columns]]))
        try:
            for documents in batches:
                rows = [self._row(_DOCUMENTS.decode(each)) for each in documents]
                self._csv.write(csv_lines([_cell(value) for value in row] for row in rows))
                self.rows += len(rows)
                yield self._batch(rows)
        except Exception as error:
            self.failed = error
            raise

    def _row(self, said: _Document) -> list[Any]:
        if unknown := said.data.keys() - self._known:
            raise FieldUnknown(f"{self._kind.type}: {', '.join(sorted(unknown))}")
        values = [_text(said.data.get(name)) for name in self._payload]
        return [int(said.sequence), said.id, said.type, said.time, said.subject, *values]

    def _batch(self, rows: list[list[Any]]) -> RecordBatch:
        values = zip(*rows, strict=True) if rows else [()] * len(self._columns)
        pairs = zip(self._columns, values, strict=True)
        return RecordBatch.from_arrays(
            [_array(column, list(each)) for column, each in pairs], schema=self.schema
        )


def _field(column: Column) -> Field:
    return Field(column.name, _arrow(column), nullable=column not in ENVELOPE)


def _arrow(column: Column) -> DataType:
    return _ARROW.get(column.kind, DataType.utf8)()


def _array(column: Column, values: list[Any]) -> Array:
    if column.kind in _CAST:
        return Array(values, DataType.utf8()).cast(_arrow(column))
    return Array(values, _arrow(column))


def _text(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def _cell(value: Any) -> object:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value
