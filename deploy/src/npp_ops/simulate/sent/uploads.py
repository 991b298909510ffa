"""A CSV file as somebody's system or spreadsheet makes it, and what must become of it."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from typing import Final, Literal

from npp_contracts.ids import NATIONAL

BOM: Final = b"\xef\xbb\xbf"
# Per file: which line ends, and whether a byte order mark comes first.
STYLES: Final = (
    (("\r\n",), True),
    (("\n",), False),
    (("\r\n", "\n", "\r"), True),
    (("\r\n",), False),
    (("\r",), False),
)


@dataclass(frozen=True, slots=True)
class Share:
    """What must become of the rows of a file that are a force's."""

    rows: int
    refused: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send. `sender`: a force or "national". `rejected`: rows by reason code.

    `shares`: by force, and "national" for rows that name none.
    """

    name: str
    kind: Literal["rosters", "completions"]
    sender: str
    body: bytes
    rows: int
    rejected: Mapping[str, int]
    shares: Mapping[str, Share]

    @property
    def refused(self) -> int:
        return sum(self.rejected.values())


Row = tuple[Sequence[str], str]
"""Cells, and the code of the reason why the row must come back; "" for a good one."""


def upload(
    name: str,
    kind: Literal["rosters", "completions"],
    sender: str,
    header: Sequence[str],
    rows: Sequence[Row],
    *,
    style: int,
    called: Mapping[str, str] | None = None,
) -> Upload:
    """called: of a file with the rows of many, whom the first cell of a row means."""
    reasons = Counter(reason for _, reason in rows if reason)
    body = _body(header, [cells for cells, _ in rows], style)
    shares = dict(_shares(sender, rows, called))
    return Upload(name, kind, sender, body, len(rows), dict(reasons), shares)


def _shares(
    sender: str, rows: Sequence[Row], called: Mapping[str, str] | None
) -> Iterator[tuple[str, Share]]:
    by_force: dict[str, list[str]] = {}
    for cells, reason in rows:
        of = sender if called is None else called.get(cells[0], NATIONAL)
        by_force.setdefault(of, []).append(reason)
    for of, became in by_force.items():
        refused = sum(reason != "" for reason in became)
        yield of, Share(len(became), refused, became.count("unknown-collar-number"))


def _body(header: Sequence[str], rows: Sequence[Sequence[str]], style: int) -> bytes:
    ends, marked = STYLES[style % len(STYLES)]
    lines = [_line(cells) for cells in (header, *rows)]
    text = "".join(line + end for line, end in zip(lines, cycle(ends), strict=False))
    return (BOM if marked else b"") + text.encode()


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def written(on: date, *, day_first: bool) -> str:
    """A date as ISO has it, or as British spreadsheets do."""
    return f"{on:%d/%m/%Y}" if day_first else on.isoformat()
