"""F5: everything is restarted in turn by SIGTERM while the load goes on; nobody may notice."""

from tests.chaos.arena import SERVICES, Arena
from tests.chaos.row import Case, Row, Told

_TURNS = 2


async def roll(arena: Arena) -> Told:
    """Every member twice, one after another, two of each role of enrolment and reporting."""
    crew = arena.crew
    more = [
        crew.start("enrolment", "relay", name="enrolment-relay"),
        crew.start("reporting", "consume", name="reporting-2"),
    ]
    await arena.ready()
    ends: list[float] = []
    for _ in range(_TURNS):
        for name in [*SERVICES, *(member.name for member in more)]:
            member, seconds = await crew.replace(crew[name])
            ends.append(seconds)
            await arena.ready(member)
            await arena.answered(20)
    return Told(
        f"{len(ends)} ends by SIGTERM in turn: the three services, a second relay of enrolment and"
        " a second consumer of reporting, each restarted twice under load",
        {"longest end": round(max(ends), 1)},
        duplicates=0,
    )


ROW = Row(
    "F5",
    "rolling restart of everything under load by SIGTERM",
    "0 duplicates in K, exit < 25 s",
    "the relay's orderly end (publish, remove, then go): records in K twice without a crash",
    [Case("each member in turn", roll)],
)
