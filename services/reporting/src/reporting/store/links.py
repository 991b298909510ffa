"""Links to figures as CSV, kept by what their secrets hash to."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now
from reporting.domain.links import CsvLink

# Who opens one that has expired is told so for a while.
KEPT: Final = timedelta(days=30)
_COLUMNS: Final = (
    "link_id, label, force_id, exact, figure, period, counted_by, per, version, made_by,"
    " made_at, expires_at"
)
_KEEP: Final = text(f"""
INSERT INTO csv_links ({_COLUMNS}, secret_sha256)
VALUES (:{_COLUMNS.replace(", ", ", :")}, :secret_sha256)
""")  # noqa: S608  our own words
_ONE: Final = text(f"SELECT {_COLUMNS}, secret_sha256 FROM csv_links WHERE link_id = :link_id")  # noqa: S608
_WHOSE: Final = "force_id = :force_id AND (CAST(:made_by AS text) IS NULL OR made_by = :made_by)"
_LIST: Final = text(f"""
SELECT {_COLUMNS} FROM csv_links WHERE {_WHOSE} AND expires_at > :at ORDER BY made_at DESC, link_id
""")  # noqa: S608
_REVOKE: Final = text(f"DELETE FROM csv_links WHERE link_id = :link_id AND {_WHOSE}")  # noqa: S608
# Two requests of one person at once would each count without the other.
_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('csv_links'), hashtext(:made_by))")
_FORGET: Final = text("DELETE FROM csv_links WHERE expires_at < :before")


async def keep_link(connection: AsyncConnection, link: CsvLink, secret_sha256: bytes) -> None:
    await connection.execute(_KEEP, asdict(link) | {"secret_sha256": secret_sha256})


async def count_alone(connection: AsyncConnection, force_id: str, made_by: str) -> int:
    """How many this person has; until the transaction ends nobody makes another for them."""
    await connection.execute(_ALONE, {"made_by": made_by})
    return len(await links_of(connection, force_id, made_by))


async def links_of(
    connection: AsyncConnection, force_id: str, made_by: str | None
) -> list[CsvLink]:
    """Those of a person that have not expired, the latest first; of everybody without one."""
    asked = {"force_id": force_id, "made_by": made_by, "at": now()}
    found = await connection.execute(_LIST, asked)
    return [_link(row) for row in found.mappings()]


async def link_of(connection: AsyncConnection, link_id: UUID) -> tuple[CsvLink, bytes] | None:
    """A link, and what its secret hashes to."""
    row = (await connection.execute(_ONE, {"link_id": link_id})).mappings().first()
    return None if row is None else (_link(row), row["secret_sha256"])


async def revoke_link(
    connection: AsyncConnection, link_id: UUID, force_id: str, made_by: str | None
) -> bool:
    """Whether there was one of this person, or without one of anybody of that force."""
    asked = {"link_id": link_id, "force_id": force_id, "made_by": made_by}
    return bool((await connection.execute(_REVOKE, asked)).rowcount)


async def forget_links(connection: AsyncConnection) -> None:
    """The hourly chore."""
    await connection.execute(_FORGET, {"before": now() - KEPT})


def _link(row: Mapping[Any, Any]) -> CsvLink:
    told: dict[str, Any] = {name: each for name, each in row.items() if name != "secret_sha256"}
    return CsvLink(**told)
