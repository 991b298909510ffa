"""F1: the relay is killed at each place where losing it could lose, repeat or reorder."""

from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.row import Case, Row, Told

PLACES = {
    "before read": "relay.before-read",
    "after read": "relay.after-read",
    "mid-send": "relay.mid-send",
    "after acknowledgement before removal": "relay.after-send",
    "after removal": "relay.after-removal",
    "while taking shards": "relay.taking-shards",
}
QUICK = ("mid-send", "after acknowledgement before removal")


async def kill_at(point: str, arena: Arena) -> Told:
    """A second relay of enrolment takes its half of the shards and dies; both lives count."""
    before = arena.crew.crashes
    hits = 3 + arena.seed % 3
    relay = arena.crew.start(
        "enrolment", "relay", name="enrolment-relay", fault=f"{point}:kill@{hits}"
    )
    seconds = await arena.crashed(before)
    await arena.answered(100)
    await arena.crew.stop(relay)
    return Told(
        f"a second relay beside enrolment's own, killed at the {hits}th {point}; started again",
        {"back after": round(seconds, 1)},
    )


ROW = Row(
    "F1",
    "kill -9 relay",
    "before read, after read, mid-send, after acknowledgement before removal, after removal,"
    " while taking shards",
    "rows that leave the outbox only when they are acknowledged: what was read is lost (I1); shards"
    " that end with the session: nobody publishes them again (I8); versions that consumers check:"
    " what was sent twice counts twice (I5)",
    [Case(name, partial(kill_at, point), name in QUICK) for name, point in PLACES.items()],
)
