"""F11: the clocks of the processes are an hour wrong, each in its own way."""

from tests.chaos.arena import SERVICES, Arena
from tests.chaos.operators import Operators
from tests.chaos.row import Case, Row, Told
from tests.chaos.scrape import scrape

_HOUR = 3600
_FIRST = {"enrolment": _HOUR, "portfolio": -_HOUR, "reporting": -_HOUR}


async def go_wrong(arena: Arena) -> Told:
    """Clocks jump; events of one key are recorded under both and leave the outbox together."""
    operators = Operators(arena, "enrolment", "events of two clocks are to leave together")
    ages: list[float] = []
    for turn in (1, -1):
        for name in SERVICES:
            await arena.crew.replace(arena.crew[name], fault=f"clock:{turn * _FIRST[name]:+}")
        await arena.ready()
        if turn == 1:
            await arena.answered(60)
            await operators.pause_outbox()
        await arena.answered(60)
        ages.append(await _age(arena))
    await operators.resume_outbox()
    await arena.answered(60)
    for name in SERVICES:
        await arena.crew.replace(arena.crew[name])
    violations = []
    if wrong := [f"{age:.0f} s" for age in ages if abs(age) > _HOUR / 2]:
        violations.append(f"the outbox's age is measured with a wrong clock: {', '.join(wrong)}")
    return Told(
        "enrolment's clock an hour ahead and portfolio's and reporting's an hour behind, then the"
        " other way round, while enrolment's outbox was paused in between: its events left in the"
        " order of their versions, not of their times",
        violations=violations,
    )


async def _age(arena: Arena) -> float:
    told = await scrape(arena.crew["enrolment"])
    found = told.values.get("npp_outbox_age_seconds", {}) if told is not None else {}
    return max(found.values(), default=0.0)


ROW = Row(
    "F11",
    "clocks of the processes ± 1 h",
    "nothing changes",
    "tickets and versions as the only order (the queue read by time instead): versions overtake"
    " each other",
    [Case("ahead, then behind", go_wrong, quick=False)],
)
