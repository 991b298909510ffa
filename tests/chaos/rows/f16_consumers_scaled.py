"""F16: consumers are scaled up and down under load, and members die while partitions move."""

from tests.chaos.arena import Arena
from tests.chaos.row import Case, Row, Told

_SERVICES = ("reporting", "portfolio")


async def scale(arena: Arena) -> Told:
    """1 → 4 → 2 members of each; at 4 one is killed, at 2 one dies in the rebalance itself."""
    crew = arena.crew
    more = {
        service: [crew.start(service, "consume", name=f"{service}-{n}") for n in (2, 3, 4)]
        for service in _SERVICES
    }
    await arena.ready()
    await arena.answered(40)
    before = crew.crashes
    for members in more.values():
        crew.kill(members[0])
    await arena.crashed(before, len(more))
    for members in more.values():
        members[1], _ = await crew.replace(members[1], fault="consumer.in-rebalance:kill@2")
        await crew.stop(members.pop())
        await arena.answered(20)
        await crew.stop(members.pop(0))
    await arena.crashed(before, 2 * len(more))
    killed = crew.crashes - before
    await arena.answered(40)
    for members in more.values():
        for member in members:
            await crew.stop(member)
    return Told(
        "reporting's and portfolio's members went 1 → 4 → 2 → 1; one of each killed at 4, and one"
        " made to die in the rebalance that followed",
        {"killed": killed},
    )


ROW = Row(
    "F16",
    "consumers scaled 1 → 4 → 2 under load, members killed",
    "I1–I5",
    "the checkpoint in the database as the only judge of what is new (advance() where it is"
    " expected): two members apply one batch, counters too high",
    [Case("reporting and portfolio", scale, quick=False)],
)
