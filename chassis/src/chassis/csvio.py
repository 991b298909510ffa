"""CSV as people's spreadsheets make it: read with care, written so that nothing in it runs."""

# A file that cannot be read reliably is refused as a whole, by line and column; a row whose values
# are wrong is the service's to judge.

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chassis.errors import Invalid, Malformed, TooLarge, UnsupportedMedia

if TYPE_CHECKING:
    from _csv import Reader

MAX_ROWS: Final = 1_000_000
MAX_FIELD: Final = 10_000
MAX_BYTES: Final = 64 * 1024 * 1024
SURPLUS: Final = ""
"""The key under which a row carries fields beyond the header, joined by commas."""

_COMPRESSED: Final = {
    b"PK\x03\x04": "a zip archive or spreadsheet workbook",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7-zip",
    b"\x28\xb5\x2f\xfd": "zstandard",
}
# OWASP's list of what makes a spreadsheet take a cell for a formula, and their full-width forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# The library's own limit cannot say which column; ours can, and the file's size bounds memory.
csv.field_size_limit(sys.maxsize)


class CsvCompressed(UnsupportedMedia):
    title = "Compressed files are not read; send plain CSV"


class CsvTooLarge(TooLarge):
    title = "The file has too many bytes"


class TooManyRows(TooLarge):
    title = "The file has too many rows"


class FieldTooLarge(TooLarge):
    title = "A field is too long"


class NotUtf8(Invalid):
    code = "not-utf-8"
    title = "The file is not UTF-8 text"


class HasNulByte(Invalid):
    title = "The file has a NUL byte"


class WrongHeader(Invalid):
    title = "The first line does not name the columns that are read here"


class CsvMalformed(Malformed):
    title = "The file's quotes do not match"


def read_csv(
    content: bytes,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    max_rows: int = MAX_ROWS,
    max_field: int = MAX_FIELD,
    max_bytes: int = MAX_BYTES,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with the line they start on (the header is line 1), as text by column name.

    Columns may come in any order and letter case; blank lines are passed over; a short row has ""
    for what it lacks, a long one has the rest under SURPLUS. Faults of the file's bytes and header
    are raised by this call, those of a row when it is reached.
    """
    _check_bytes(content, max_bytes)
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    header = _header(reader, columns, optional)
    return _rows(reader, header, max_rows, max_field)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180 in UTF-8 with CRLF; text that a spreadsheet would run gets an apostrophe first."""
    return csv_lines([header]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Some lines of such a file, for one that is written bit by bit."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_inert(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _inert(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.isoformat() if isinstance(value, datetime) else value


def _check_bytes(content: bytes, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise CsvTooLarge(f"at most {max_bytes} bytes are read", max_bytes=max_bytes)
    for magic, what in _COMPRESSED.items():
        if content.startswith(magic):
            raise CsvCompressed(f"this is {what}")
    _check_utf8(content)
    if (position := content.find(b"\0")) >= 0:
        raise HasNulByte(f"at byte {position}", rule="no-nul", byte=position)


def _check_utf8(content: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 20
    for start in range(0, len(content) + 1, step):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + step], final=start + step > len(content))
        except UnicodeDecodeError as error:
            byte = start - pending + error.start
            raise NotUtf8(f"at byte {byte}", rule="utf-8", byte=byte) from error


def _header(reader: "Reader", columns: Sequence[str], optional: Sequence[str]) -> list[str]:
    try:
        found = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise CsvMalformed(f"line 1: {error}", line=1) from error
    missing = [name for name in columns if name not in found]
    unknown = [name[:100] for name in found if name not in columns and name not in optional]
    repeated = sorted({name for name in found if found.count(name) > 1})
    if missing or unknown or repeated:
        raise WrongHeader(
            f"the columns are: {', '.join(columns)}",
            field=(missing or unknown or repeated)[0],
            rule="header",
            missing=missing,
            unknown=unknown[:20],
            repeated=repeated[:20],
        )
    return found


def _rows(
    reader: "Reader", header: list[str], max_rows: int, max_field: int
) -> Iterator[tuple[int, dict[str, str]]]:
    width, count, line = len(header), 0, reader.line_num + 1
    try:
        for row in reader:
            if row:
                count += 1
                if count > max_rows:
                    raise TooManyRows(f"at most {max_rows} rows are read", max_rows=max_rows)
                if max(map(len, row)) > max_field:
                    raise _field_too_large(row, header, line, max_field)
                if len(row) == width:
                    yield line, dict(zip(header, row, strict=True))
                else:
                    yield line, _ragged(row, header)
            line = reader.line_num + 1
    except csv.Error as error:
        raise CsvMalformed(f"line {line}: {error}", line=line) from error


def _ragged(row: list[str], header: list[str]) -> dict[str, str]:
    width = len(header)
    found = dict.fromkeys(header, "") | dict(zip(header, row, strict=False))
    return found | {SURPLUS: ",".join(row[width:])} if len(row) > width else found


def _field_too_large(row: list[str], header: list[str], line: int, limit: int) -> FieldTooLarge:
    index = next(index for index, value in enumerate(row) if len(value) > limit)
    name = header[index] if index < len(header) else f"column {index + 1}"
    return FieldTooLarge(
        f"line {line}, {name}: {len(row[index])} characters, at most {limit}",
        field=name,
        line=line,
        column=index + 1,
        max_field=limit,
    )
