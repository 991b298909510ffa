"""F9: the same events come again: at new offsets, and by going back to the first ones."""

from functools import partial

from npp_contracts.catalogue import TOPICS
from tests.chaos import raw
from tests.chaos.arena import Arena
from tests.chaos.checksum import changed, checksum, short
from tests.chaos.ledger import ends_of
from tests.chaos.operators import Operators
from tests.chaos.row import Case, Row, Told

_CONSUMERS = ("portfolio", "reporting")
_CROWD = 500
_PATIENCE_SECONDS = 240.0


async def replay(records: int, arena: Arena) -> Told:
    """Copies of the topics' first records are put at their ends."""
    await _until_there_are(arena, records)
    before = await checksum(arena)
    kafka = arena.servers.direct_kafka
    found = await raw.records(kafka, TOPICS, records)
    arena.planted |= set(await raw.copy(kafka, found))
    await arena.rest(_PATIENCE_SECONDS)
    after = await checksum(arena)
    return Told(
        f"{len(found)} records of all topics written to their partitions' ends again, with their"
        f" ids and sequences; checksum of every table {short(before)} before, {short(after)} after",
        {"replayed": len(found)},
        violations=changed(before, after),
    )


async def _until_there_are(arena: Arena, records: int) -> None:
    while sum((await ends_of(arena.servers.direct_kafka)).values()) < records:
        await arena.load.crowd(_CROWD)
        await arena.rest(_PATIENCE_SECONDS)


async def go_back(arena: Arena) -> Told:
    """Kafka's committed offsets of every group go to 0, and then so do our own checkpoints."""
    await arena.rest()
    before = await checksum(arena)
    kafka, partitions = arena.servers.direct_kafka, 0
    ports = {name: arena.crew[name].port for name in _CONSUMERS}
    for name in _CONSUMERS:
        await arena.crew.stop(arena.crew[name])
    for name in _CONSUMERS:
        for group, topics in arena.consumed[name].items():
            partitions += await raw.reset(kafka, group, topics)
        arena.crew.start(name, port=ports[name])
    await arena.ready()
    await arena.rest(_PATIENCE_SECONDS)
    middle = await checksum(arena)
    again = 0
    for name in _CONSUMERS:
        operators = Operators(arena, name, "the row goes back to the first event")
        for group in arena.consumed[name]:
            moves = await operators.seek(group, "earliest")
            again += sum(move.before - move.after for move in moves)
    await arena.rest(_PATIENCE_SECONDS)
    after = await checksum(arena)
    return Told(
        f"Kafka's offsets of {partitions} partitions of portfolio's and reporting's groups"
        " committed as 0 while nobody consumed; then `consumer seek --to earliest` for each group"
        f" of the running members, {again} records again; checksum {short(before)} before,"
        f" {short(middle)} between, {short(after)} after",
        {"consumed again": again},
        violations=[*changed(before, middle), *changed(middle, after)],
    )


ROW = Row(
    "F9",
    "records replayed with the same ids at new offsets; consumer groups reset to earliest",
    "R unchanged by checksum",
    "the last sequence of each key (a record at or before it is a duplicate): counters and"
    " portfolios too many",
    [
        Case("2,000 records again", partial(replay, 2_000), load=False),
        Case("10,000 records again", partial(replay, 10_000), quick=False, load=False),
        Case("groups reset to earliest", go_back, quick=False, load=False),
    ],
)
