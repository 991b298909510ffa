"""F5: everything is restarted in turn by SIGTERM while the load goes on; nobody may notice."""

from tests.chaos.arena import SERVICES, Arena
from tests.chaos.row import Case, Row, Told

# Wherever the signal finds this one, it has nearly always sent what it has not removed yet.
_SLOW = {"enrolment-relay": "relay.after-send:delay=0.3@1+"}


async def roll(arena: Arena) -> Told:
    """Every member in turn, the slow relay twice."""
    crew = arena.crew
    more = [crew.start("enrolment", "relay", name=n, fault=fault) for n, fault in _SLOW.items()]
    more.append(crew.start("reporting", "consume", name="reporting-2"))
    await arena.ready()
    ends: list[float] = []
    for name in [*_SLOW, *SERVICES, *(member.name for member in more)]:
        member, seconds = await crew.replace(crew[name], fault=_SLOW.get(name))
        ends.append(seconds)
        await arena.ready(member)
        await arena.answered(20)
    return Told(
        f"{len(ends)} ends by SIGTERM in turn: the three services, a second relay of enrolment"
        " (slow between acknowledgement and removal) and a second consumer of reporting",
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
