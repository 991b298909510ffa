"""F14: the disk of the database or of the broker is full: nothing is half done, then it goes on."""

from tests.chaos.arena import NETWORK, Arena
from tests.chaos.disks import Disk
from tests.chaos.invariants import BATCH
from tests.chaos.outages import outage
from tests.chaos.row import Case, NotRun, Row, Told

_WAITING = "SELECT count(*) FROM outbox"
REFUSED = 30
WAITING = 50


async def database(arena: Arena) -> Told:
    """Whoever can't be written down is refused; the server may even end itself, as it should."""
    server, disk = arena.servers.database, arena.servers.postgres_disk
    _must_be_mounted(disk)
    retries, ended = arena.load.sender.retries, False

    async def refused() -> bool:
        disk.fill()  # what a checkpoint has given back
        return arena.load.sender.retries >= retries + REFUSED

    try:
        disk.fill()
        seconds = await arena.until(refused, 120, f"{REFUSED} commands are refused")
    finally:
        disk.free()
        ended = not server.alive()
        if ended:
            await server.start()
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"PostgreSQL's disk filled to the last byte under load until {REFUSED} commands had been"
        " refused; then freed",
        {
            "full s": round(seconds, 1),
            "refused or late": arena.load.sender.retries - retries,
            "server ended itself": "yes" if ended else "no",
            "ready after": round(healed, 1),
        },
        # Its sessions end with it, or with their statement: a relay may send its batch again.
        duplicates=len(arena.crew.members) * BATCH,
    )


async def broker(arena: Arena) -> Told:
    """The broker gives its only disk up and ends; events wait where they were committed."""
    brokers, disk = arena.servers.brokers, arena.servers.kafka_disk
    _must_be_mounted(disk)

    async def waits() -> bool:
        disk.fill()
        return await _waiting(arena) >= WAITING

    try:
        disk.fill()
        seconds = await arena.until(waits, 120, f"{WAITING} events wait in the outboxes")
        async with outage(arena) as seen:
            await arena.until(lambda: not brokers.processes[1].alive(), 60, "the broker ends")
            waiting = await _waiting(arena)
            disk.free()
            await brokers.start(1)
    finally:
        disk.free()
        if not brokers.processes[1].alive():
            await brokers.start(1)
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"the broker's disk filled to the last byte under load until {WAITING} events waited and"
        " the broker had ended; then freed, and the broker started again",
        seen.figures
        | {
            "full s": round(seconds, 1),
            "waiting in the outbox": waiting,
            "ready after": round(healed, 1),
        },
        outages=seen.outages,
    )


def _must_be_mounted(disk: Disk) -> None:
    if not disk.mounted:
        raise NotRun(f"a small disk can't be mounted here: {disk.refused}")


async def _waiting(arena: Arena) -> int:
    return sum([(await arena.sql(name, _WAITING))[0][0] for name in arena.services])


ROW = Row(
    "F14",
    "disk full at the database and at the broker",
    "fails closed, resumes alone",
    "answering only after the commit, and removing from the outbox only after the acknowledgement:"
    " what had no room is reported as done (I0, I1)",
    [
        Case("at the database", database, quick=False),
        Case("at the broker", broker, quick=False),
    ],
    setup=NETWORK,
)
