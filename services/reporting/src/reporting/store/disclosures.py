"""What has been published with small numbers withheld: the last of each count, and the past."""

from collections.abc import Set as AbstractSet
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.domain.disclosed import Cell, Known, Value, superseded, with_past, without_past

_TAKE: Final = text("SELECT known FROM disclosures WHERE of = 'figures' FOR UPDATE")
_BEGIN: Final = text("INSERT INTO disclosures VALUES ('figures', '') ON CONFLICT DO NOTHING")
_KEEP: Final = text("UPDATE disclosures SET known = :known WHERE of = 'figures'")
_LAY_ASIDE: Final = text("INSERT INTO disclosures_past (known) VALUES (:known)")
_PAST: Final = text("SELECT known FROM disclosures_past ORDER BY n")


class _Kept(msgspec.Struct):
    last: list[tuple[Cell, int, bool]]
    equations: list[list[tuple[Cell, int, int]]]
    frozen: list[tuple[Cell, int, bool]] = []


async def take_known(connection: AsyncConnection) -> Known:
    """What is known by now to who reads suppressed figures; others wait until it is kept."""
    await connection.execute(_BEGIN)
    found = (await connection.execute(_TAKE)).scalar_one()
    return read_known(found) if found else Known()


async def keep_known(connection: AsyncConnection, before: Known, known: Known) -> None:
    """Keep what is known now, and lay aside what has changed since it was taken."""
    if (gone := superseded(before, known)) is not None:
        await connection.execute(_LAY_ASIDE, {"known": written_known(gone)})
    await connection.execute(_KEEP, {"known": written_known(known)})


async def take_all_known(connection: AsyncConnection) -> tuple[Known, Known]:
    """What is known by now, without and with all that was ever shown."""
    now = await take_known(connection)
    past = [read_known(row.known) for row in await connection.execute(_PAST)]
    return now, with_past(now, past)


async def keep_frozen(
    connection: AsyncConnection, before: Known, known: Known, published: AbstractSet[Value]
) -> None:
    """Keep what is known now that these were published for good, without the past."""
    standing = before.frozen.keys() | published
    await keep_known(connection, before, without_past(known, standing))


def read_known(content: str) -> Known:
    kept = msgspec.json.decode(content, type=_Kept)
    return Known(
        {cell: (count, shown) for cell, count, shown in kept.last},
        tuple({(cell, count): sign for cell, count, sign in each} for each in kept.equations),
        {(cell, count): shown for cell, count, shown in kept.frozen},
    )


def written_known(known: Known) -> str:
    kept = _Kept(
        [(cell, count, shown) for cell, (count, shown) in known.last.items()],
        [[(cell, count, sign) for (cell, count), sign in e.items()] for e in known.equations],
        [(cell, count, shown) for (cell, count), shown in known.frozen.items()],
    )
    return msgspec.json.encode(kept).decode()
