"""Where tables of read models register; and what has been published, which nobody replays."""

from typing import Final

import msgspec
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.domain.suppression import Cell, Known

metadata = MetaData()

_TAKE: Final = text("SELECT known FROM disclosures WHERE of = 'figures' FOR UPDATE")
_BEGIN: Final = text("INSERT INTO disclosures VALUES ('figures', '') ON CONFLICT DO NOTHING")
_KEEP: Final = text("UPDATE disclosures SET known = :known WHERE of = 'figures'")


class _Kept(msgspec.Struct):
    last: list[tuple[Cell, int, bool]]
    equations: list[list[tuple[Cell, int, int]]]


async def take_known(connection: AsyncConnection) -> Known:
    """What is known by now to who reads suppressed figures; others wait until it is kept."""
    await connection.execute(_BEGIN)
    found = (await connection.execute(_TAKE)).scalar_one()
    return read_known(found) if found else Known()


async def keep_known(connection: AsyncConnection, known: Known) -> None:
    await connection.execute(_KEEP, {"known": written_known(known)})


def read_known(content: str) -> Known:
    kept = msgspec.json.decode(content, type=_Kept)
    return Known(
        {cell: (count, shown) for cell, count, shown in kept.last},
        tuple({(cell, count): sign for cell, count, sign in each} for each in kept.equations),
    )


def written_known(known: Known) -> str:
    kept = _Kept(
        [(cell, count, shown) for cell, (count, shown) in known.last.items()],
        [[(cell, count, sign) for (cell, count), sign in e.items()] for e in known.equations],
    )
    return msgspec.json.encode(kept).decode()
