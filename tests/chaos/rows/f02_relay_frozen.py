"""F2: a relay sleeps until its session is gone and a successor has its shards; then it wakes."""

from functools import partial

import psutil

from tests.chaos.arena import Arena
from tests.chaos.members import Member
from tests.chaos.row import Case, Row, Told

PLACES = {
    "mid-send": "relay.mid-send",
    "after acknowledgement before removal": "relay.after-send",
}
_SESSION = """
SELECT pid FROM pg_stat_activity
WHERE datname = 'enrolment' AND application_name = 'enrolment relay' AND client_port = ANY ($1)
"""
_SHARDS = """
SELECT l.objid::int AS shard FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = 'enrolment' AND l.locktype = 'advisory' AND l.classid = 7237744 AND l.objid < 16
  AND l.granted AND (l.pid = $1) = $2
"""
_WAITING = """
SELECT o.ticket, l.id::text AS id FROM outbox o JOIN event_log l USING (recorded_at, position)
WHERE o.shard = ANY ($1::smallint[])
"""
_LEFT = "SELECT count(*) FROM outbox WHERE ticket = ANY ($1::bigint[])"


async def freeze_at(point: str, arena: Arena) -> Told:
    """Its session is ended as a failover or a timeout would, while it can't know."""
    sleeper = arena.crew.start(
        "enrolment", "relay", name="enrolment-relay", fault=f"{point}:stop@{2 + arena.seed % 3}"
    )
    await arena.until(lambda: _sleeps(sleeper), 60, "the relay has stopped itself")
    arena.crew.frozen(sleeper)
    session = await _session(arena, sleeper)
    owned = [row["shard"] for row in await arena.sql("enrolment", _SHARDS, session, True)]
    waiting = await arena.sql("enrolment", _WAITING, owned)
    held = [row["ticket"] for row in waiting]
    await arena.sql("enrolment", "SELECT pg_terminate_backend($1)", session)

    async def taken_over() -> bool:
        theirs = {r["shard"] for r in await arena.sql("enrolment", _SHARDS, session, False)}
        ((left,),) = await arena.sql("enrolment", _LEFT, held)
        return theirs.issuperset(owned) and left == 0

    seconds = await arena.until(taken_over, 60, "the successor has its shards and its events")
    await arena.answered(50)
    arena.crew.thaw(sleeper)
    await arena.ready(sleeper)
    await arena.answered(100)
    await arena.crew.stop(sleeper)
    return Told(
        f"a second relay stopped by SIGSTOP at {point} with {len(owned)} shards and {len(held)}"
        " events in them; its session ended; enrolment's own relay took both over; then SIGCONT",
        {"taken over after": round(seconds, 1), "in its hands": len(held)},
        duplicates=len(held),
        repeatable=frozenset(row["id"] for row in waiting),
    )


def _sleeps(member: Member) -> bool:
    return psutil.Process(member.pid).status() == psutil.STATUS_STOPPED


async def _session(arena: Arena, member: Member) -> int:
    ports = [c.laddr.port for c in psutil.Process(member.pid).net_connections("inet")]
    ((session,),) = await arena.sql("enrolment", _SESSION, ports)
    return int(session)


ROW = Row(
    "F2",
    "SIGSTOP relay until its database session is dead, then SIGCONT, with a successor running",
    "mid-send",
    "reading and removing on the session that holds the locks: the sleeper goes on with shards that"
    " are another's and sends again what it never held (I4)",
    [Case(name, partial(freeze_at, p), name == "mid-send") for name, p in PLACES.items()],
)
