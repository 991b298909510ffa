"""Uploaded files: what was received, and the rows that were sent back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import text

from chassis.database import driver
from enrolment.domain.rows import SURPLUS, Rejected

_OPEN: Final = """
INSERT INTO uploads (upload_id, kind, force_id, sha256, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_FIND: Final = """
SELECT upload_id, kind, force_id, finished_at, rows, rejected FROM uploads
WHERE kind = $1 AND force_id IS NOT DISTINCT FROM $2 AND sha256 = $3
"""
_FORGET_REJECTED: Final = """
DELETE FROM rejected_rows WHERE upload_id = $1 AND line BETWEEN $2 AND $3
"""
_REJECT: Final = """
INSERT INTO rejected_rows (upload_id, line, force_id, "column", code, reason, cells)
SELECT $1, r.line, r.force_id, r."column", r.code, r.reason, r.cells::json
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS r (line, force_id, "column", code, reason, cells)
ON CONFLICT DO NOTHING
"""
_FINISH: Final = """
UPDATE uploads SET finished_at = $2, rows = $3,
    rejected = (SELECT count(*) FROM rejected_rows WHERE upload_id = $1)
WHERE upload_id = $1 AND finished_at IS NULL
"""
_FINISHED: Final = """
SELECT upload_id, kind, force_id, finished_at, rows, rejected FROM uploads WHERE upload_id = $1
"""
_REFUSED: Final = """
SELECT force_id, code, count(*) AS n FROM rejected_rows WHERE upload_id = $1 GROUP BY 1, 2
"""
_SHOW: Final = text("""
SELECT upload_id, kind, force_id, finished_at, rows, rejected FROM uploads
WHERE upload_id = :upload_id AND (CAST(:force_id AS text) IS NULL OR force_id = :force_id)
""")
_REJECTED: Final = text("""
SELECT line, "column", code, reason, cells FROM rejected_rows
WHERE upload_id = :upload_id ORDER BY line
""")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as far as it was taken in. force_id: whose own it is; None of one for all."""

    upload_id: UUID
    kind: str
    force_id: str | None
    finished_at: datetime | None
    rows: int
    rejected: int

    @property
    def accepted(self) -> int:
        return self.rows - self.rejected


async def open_upload(
    session: AsyncSession,
    upload_id: UUID,
    *,
    kind: str,
    force_id: str | None,
    sha256: str,
    uploaded_by: str,
    at: datetime,
) -> Upload:
    """The record of a file by its content: a new one, or that of the same file sent before."""
    connection = await driver(session)
    await connection.execute(_OPEN, upload_id, kind, force_id, sha256, uploaded_by, at)
    row = await connection.fetchrow(_FIND, kind, force_id, sha256)
    assert row is not None  # noqa: S101  just written, or there before
    return Upload(**dict(row))


async def send_back(
    session: AsyncSession, upload_id: UUID, lines: tuple[int, int], rows: Sequence[Rejected]
) -> None:
    """Replace the rejected rows among these lines, so that a chunk can be done again."""
    connection = await driver(session)
    await connection.execute(_FORGET_REJECTED, upload_id, *lines)
    if rows:
        await connection.execute(
            _REJECT,
            upload_id,
            [row.line for row in rows],
            [row.force_id for row in rows],
            [row.column for row in rows],
            [row.code for row in rows],
            [row.reason for row in rows],
            [json.dumps(dict(row.cells), ensure_ascii=False) for row in rows],
        )


async def finish_upload(
    session: AsyncSession, upload_id: UUID, rows: int, at: datetime
) -> tuple[Upload, bool]:
    """Every chunk is committed: the counts stand from now on.

    With whether they do since this: a file that was sent twice at once ends once.
    """
    connection = await driver(session)
    done = await connection.execute(_FINISH, upload_id, at, rows)
    row = await connection.fetchrow(_FINISHED, upload_id)
    assert row is not None  # noqa: S101  opened before
    return Upload(**dict(row)), done == "UPDATE 1"


async def refused_rows(session: AsyncSession, upload_id: UUID) -> dict[tuple[str, str], int]:
    """How many rows were sent back, by whose they are and the reason's code."""
    connection = await driver(session)
    rows = await connection.fetch(_REFUSED, upload_id)
    return {(row["force_id"], row["code"]): row["n"] for row in rows}


async def upload_of(
    connection: AsyncConnection, upload_id: UUID, force_id: str | None
) -> Upload | None:
    """A file's record, if the force sent it; None as force for every one in sight."""
    named = {"upload_id": upload_id, "force_id": force_id}
    row = (await connection.execute(_SHOW, named)).first()
    return Upload(*row) if row else None


async def rejected_of(
    connection: AsyncConnection, upload_id: UUID, columns: Sequence[str]
) -> list[list[object]]:
    """The rejected rows as they came, each with line, column, code and reason."""
    rows = (await connection.execute(_REJECTED, {"upload_id": upload_id})).mappings().all()
    return [
        [*_cells(row["cells"], columns), row["line"], row["column"], row["code"], row["reason"]]
        for row in rows
    ]


def _cells(cells: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    shown = [cells.get(column, "") for column in columns]
    if surplus := cells.get(SURPLUS):
        shown[-1] = f"{shown[-1]},{surplus}"
    return shown
