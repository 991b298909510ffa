"""Moving a consumer group's checkpoint: back is harmless, forward leaves a gap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from chassis.consumer.ledger import Ledger
from chassis.database import Database
from chassis.errors import NotFound, Refusal
from chassis.kafka import Place, Reader
from chassis.operating.audit import Operator, note

Target: TypeAlias = Literal["earliest", "latest"] | int | datetime
"""Where to go on from: an end of the topic, an offset, or the first record of a time."""

_SEEK: Final = """
UPDATE checkpoints SET next_offset = $4
WHERE consumer_group = $1 AND topic = $2 AND partition = $3
"""


class GapAhead(Refusal):
    title = (
        "Going forward passes over events that were never applied; later events of their keys"
        " would wait for them (--force-gap does it all the same)"
    )


class OffTopic(Refusal):
    title = "The partition has no such offset"


class NoSuchPlace(NotFound):
    title = "The group reads no such topic or partition"


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's checkpoint, before and after."""

    topic: str
    partition: int
    before: int
    after: int


async def destinations(reader: Reader, places: set[Place], target: Target) -> dict[Place, int]:
    """The offset that a target means, by partition. Raises NoSuchPlace or OffTopic."""
    if not places or not places <= set(reader.places):
        raise NoSuchPlace(field="partition")
    begins, ends = await reader.begins(), await reader.ends()
    if target == "earliest":
        found = begins
    elif target == "latest":
        found = ends
    elif isinstance(target, datetime):
        found = await reader.since(target)
    else:
        found = {place: int(target) for place in places}
    for place in places:
        if not begins[place] <= found[place] <= ends[place]:
            where = f"{place[0]} [{place[1]}] has {begins[place]} to {ends[place]}"
            raise OffTopic(where, field="to")
    return {place: found[place] for place in places}


async def seek(
    database: Database,
    group: str,
    offsets: Mapping[Place, int],
    operator: Operator,
    *,
    force_gap: bool = False,
) -> list[Move]:
    """Set checkpoints; a running member notices within about a second.

    Going back applies nothing twice: what a key's sequence is past counts as a duplicate.
    Raises GapAhead, unless forced, when a partition would go forward; then nothing has changed.
    """
    async with database.transaction() as within:
        ledger = Ledger(group, within.connection)
        moves = []
        for place in sorted(offsets):
            await ledger.open(place)
            before = await ledger.lock(place) or 0
            if before != offsets[place]:
                moves.append(Move(*place, before, offsets[place]))
        passed = sum(max(0, move.after - move.before) for move in moves)
        if passed and not force_gap:
            raise GapAhead(f"{passed} records", records=passed)
        for move in moves:
            where = move.topic, move.partition, move.after
            await within.connection.execute(_SEEK, group, *where)
        if moves:
            await note(within.connection, operator, "consumer seek", group, moves=moves)
        return moves
