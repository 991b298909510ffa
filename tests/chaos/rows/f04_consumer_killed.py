"""F4: consumers are killed around their commits, while they bury, and while they rebalance."""

from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.row import Case, Row, Told

PLACES = {
    "after poll": "consumer.after-poll:kill@5",
    "mid transaction": "consumer.mid-transaction:kill@5",
    "after the database's commit before Kafka's": "consumer.after-commit:kill@5",
    "in rebalance": "consumer.in-rebalance:kill@2",
}
QUICK = "mid transaction"
CONSUMERS = ("portfolio", "reporting")
_LEARNERS = "npp.enrolment.learners"
_BURIED = """
SELECT consumer_group, count(*) FROM dead_letters
WHERE topic = $1 AND partition = $2 AND "offset" = $3 GROUP BY 1
"""


async def kill_at(fault: str, arena: Arena) -> Told:
    """A second consumer of each service takes its share of the partitions and dies."""
    before = arena.crew.crashes
    second = [
        arena.crew.start(name, "consume", name=f"{name}-consume", fault=fault) for name in CONSUMERS
    ]
    seconds = await arena.crashed(before, len(second))
    await arena.answered(100)
    for member in second:
        await arena.crew.stop(member)
    return Told(
        f"second consumers of portfolio and reporting beside their own, killed at {fault};"
        " started again",
        {"back after": round(seconds, 1)},
    )


async def kill_burying(arena: Arena) -> Told:
    """A record without headers comes; whoever writes its dead letter dies before the commit."""
    before = arena.crew.crashes
    for name in CONSUMERS:
        await arena.crew.replace(arena.crew[name], fault="consumer.burying:kill@1")
    await arena.ready()
    place = await arena.plant(_LEARNERS, b"no-learner", b"{}")
    seconds = await arena.crashed(before, len(CONSUMERS))
    due = {
        (name, group): 1
        for name in CONSUMERS
        for group, topics in arena.consumed[name].items()
        if _LEARNERS in topics
    }

    async def buried() -> bool:
        return await _buried(arena, place) == due

    await arena.until(buried, 60, "each group has the dead letter once")
    await arena.answered(100)
    found = await _buried(arena, place)
    return Told(
        f"a record without headers put into {_LEARNERS}; portfolio and reporting killed while they"
        f" wrote its dead letter; afterwards each of {len(due)} groups has it once",
        {"back after": round(seconds, 1)},
        violations=[] if found == due else [f"dead letters {found}, not {due}"],
    )


async def _buried(arena: Arena, place: tuple[str, int, int]) -> dict[tuple[str, str], int]:
    return {
        (name, row[0]): row[1]
        for name in CONSUMERS
        for row in await arena.sql(name, _BURIED, *place)
    }


ROW = Row(
    "F4",
    "kill -9 consumer",
    "after poll, mid transaction, after the database's commit before Kafka's, while writing a dead"
    " letter, in rebalance",
    "the checkpoint in the effect's transaction: what was applied is applied again, or never"
    " (I5, I7)",
    [
        *(Case(name, partial(kill_at, f), name == QUICK) for name, f in PLACES.items()),
        Case("while writing a dead letter", kill_burying, quick=False),
    ],
)
