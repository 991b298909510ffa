"""CSV: what people's files have is read, what would mislead is refused with its place."""

import csv
import gzip
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.csvio import SURPLUS, csv_lines, read_csv, write_csv
from chassis.errors import Refusal

COLUMNS = ("force", "collar_number")


def rows(content: bytes, **limits: int) -> list[tuple[int, dict[str, str]]]:
    return list(read_csv(content, COLUMNS, **limits))  # type: ignore[arg-type]


def refused(content: bytes, **limits: int) -> tuple[str, int, str | None, object]:
    with pytest.raises(Refusal) as refusal:
        rows(content, **limits)
    facts = {name: fact for name, fact in refusal.value.facts.items() if name != "rule"}
    return refusal.value.code, refusal.value.status, refusal.value.field, facts


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_read_tolerates_line_ends_and_a_byte_order_mark(end: str, start: str) -> None:
    content = f"{start}force,collar_number{end}kent,1{end}essex,2".encode()
    assert rows(content) == [
        (2, {"force": "kent", "collar_number": "1"}),
        (3, {"force": "essex", "collar_number": "2"}),
    ]


def test_read_tolerates_mixed_line_ends_in_one_file() -> None:
    content = b"force,collar_number\r\na,1\nb,2\rc,3\r\n"
    assert [(line, row["force"]) for line, row in rows(content)] == [(2, "a"), (3, "b"), (4, "c")]


def test_read_takes_columns_in_any_order_and_case() -> None:
    assert rows(b" Collar_Number ,FORCE\n1,kent\n") == [
        (2, {"collar_number": "1", "force": "kent"})
    ]


def test_read_keeps_quoted_line_breaks_and_counts_lines_by_the_file() -> None:
    content = b'force,collar_number\n"a\r\nb",1\n\n"say ""hi""",2\n'
    assert rows(content) == [
        (2, {"force": "a\r\nb", "collar_number": "1"}),
        (5, {"force": 'say "hi"', "collar_number": "2"}),
    ]


def test_read_does_not_split_lines_where_only_unicode_would() -> None:
    assert rows("force,collar_number\na\u2028b\x0cc,1\n".encode())[0][1]["force"] == "a\u2028b\x0cc"


def test_read_leaves_short_and_long_rows_to_the_service() -> None:
    assert [row for _, row in rows(b"force,collar_number\nkent\nkent,1,x,y\n")] == [
        {"force": "kent", "collar_number": ""},
        {"force": "kent", "collar_number": "1", SURPLUS: "x,y"},
    ]


def test_read_takes_optional_columns() -> None:
    content = b"force,collar_number,note\nkent,1,x\n"
    assert next(iter(read_csv(content, COLUMNS, optional=["note"])))[1]["note"] == "x"
    assert refused(content)[0] == "wrong-header"


@pytest.mark.parametrize(
    ("content", "byte"),
    [
        (b"force,collar_number\nk\xe4nt,1\n", 21),
        ("force,collar_number\n".encode("utf-16"), 0),
        (b"force,collar_number\nkent,\xc3", 25),
        (b"x" * (1 << 20) + b"\xff", 1 << 20),
        (b"x" * ((1 << 20) - 1) + b"\xc3\x28", (1 << 20) - 1),
    ],
)
def test_read_refuses_what_is_not_utf8_naming_the_byte(content: bytes, byte: int) -> None:
    assert refused(content) == ("not-utf-8", 422, None, {"byte": byte})


def test_read_refuses_nul_bytes() -> None:
    assert refused(b"force,collar_number\nk\0,1\n") == ("has-nul-byte", 422, None, {"byte": 21})


@pytest.mark.parametrize(
    ("header", "field", "facts"),
    [
        (b"", "force", {"missing": ["force", "collar_number"], "unknown": [], "repeated": []}),
        (b"force,badge", "collar_number", {"missing": ["collar_number"], "unknown": ["badge"]}),
        (b"force,collar_number,age", "age", {"unknown": ["age"]}),
        (b"force,collar_number,force", "force", {"repeated": ["force"]}),
    ],
)
def test_read_refuses_another_header_naming_the_columns(
    header: bytes, field: str, facts: dict[str, list[str]]
) -> None:
    expected: dict[str, list[str]] = {"missing": [], "unknown": [], "repeated": []}
    assert refused(header + b"\nx,y\n") == ("wrong-header", 422, field, expected | facts)


def test_read_refuses_too_many_rows() -> None:
    content = b"force,collar_number\n" + b"k,1\n" * 1_000_001
    assert refused(content) == ("too-many-rows", 413, None, {"max_rows": 1_000_000})


def test_read_refuses_a_field_of_a_megabyte_naming_line_and_column() -> None:
    content = b"force,collar_number\nkent,1\nkent," + b"9" * 1_000_000 + b"\n"
    facts = {"line": 3, "column": 2, "max_field": 10_000}
    assert refused(content) == ("field-too-large", 413, "collar_number", facts)


def test_read_refuses_more_bytes_than_the_limit() -> None:
    assert refused(b"force", max_bytes=4) == ("csv-too-large", 413, None, {"max_bytes": 4})


@pytest.mark.parametrize("content", [b'force,collar_number\nk,1\n"kent,1\n', b'"force\n'])
def test_read_refuses_a_quote_that_is_never_closed(content: bytes) -> None:
    assert refused(content)[:2] == ("csv-malformed", 400)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("roster.csv", b"0" * 10_000_000)
    return packed.getvalue()


@pytest.mark.parametrize("content", [bomb(), gzip.compress(b"0" * 10_000_000)])
def test_read_refuses_compressed_files_unread(content: bytes) -> None:
    assert refused(content) == ("csv-compressed", 415, None, {})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_write_neutralises_formulas(start: str) -> None:
    written = write_csv([f"{start}head"], [[f"{start}cmd|' /C calc'!A0"]])
    cells = [row[0] for row in csv.reader(io.StringIO(written.decode(), newline=""))]
    assert cells == [f"'{start}head", f"'{start}cmd|' /C calc'!A0"]


def test_write_leaves_numbers_and_dates_as_they_are() -> None:
    row = [-5, 1.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), None, "a,b"]
    assert write_csv(["a", "b", "c", "d", "e", "f"], [row]) == (
        b'a,b,c,d,e,f\r\n-5,1.5,2026-01-02,2026-01-02T03:00:00+00:00,,"a,b"\r\n'
    )


printable = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(printable, printable).filter(any), max_size=20))
def test_what_is_written_is_read_back(values: list[tuple[str, str]]) -> None:
    found = [tuple(row.values()) for _, row in rows(write_csv(COLUMNS, values))]
    assert found == [
        tuple(f"'{v}" if v.startswith(tuple("=+-@\t\r\n＝＋－＠")) else v for v in row)
        for row in values
    ]


def test_what_is_written_bit_by_bit_is_the_same_file() -> None:
    header = ["a", "b"]
    rows: list[list[object]] = [[1, "=x"], ["y, z", None]]
    assert csv_lines([header]) + csv_lines(rows[:1]) + csv_lines(rows[1:]) == write_csv(
        header, rows
    )
    assert csv_lines([]) == b""
