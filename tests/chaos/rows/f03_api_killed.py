"""F3: the API process is killed around its commit; the client repeats the command with its key."""

from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.row import Case, Row, Told

PLACES = {
    "before flush": "work.before-flush",
    "after flush": "work.after-flush",
    "after commit": "work.after-commit",
}
APIS = ("enrolment", "portfolio")


async def kill_at(point: str, arena: Arena) -> Told:
    """Both APIs die in some command; portfolio's only one, evidence, is new each time it is run."""
    before, retries = arena.crew.crashes, arena.load.sender.retries
    for name in APIS:
        hits = 1 if name == "portfolio" else 5 + arena.seed % 20
        await arena.crew.replace(arena.crew[name], fault=f"{point}:kill@{hits}")
    seconds = await arena.crashed(before, len(APIS))
    await arena.answered(100)
    again = arena.load.sender.retries - retries
    return Told(
        f"enrolment and portfolio killed at {point}, each with commands under way; the clients"
        f" sent {again} requests again with the same Idempotency-Key until they were answered",
        {"back after": round(seconds, 1)},
        violations=[] if again else ["no command was sent again: the fault hit nobody"],
    )


ROW = Row(
    "F3",
    "kill -9 API process; the client retries with its Idempotency-Key",
    "before flush, after flush, after commit",
    "keeping the answer in the effect's transaction: the command that was committed and not"
    " answered is run again (I0: evidence recorded twice)",
    [Case(name, partial(kill_at, p), name == "after commit") for name, p in PLACES.items()],
)
