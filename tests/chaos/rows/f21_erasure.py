"""F21: people are erased while services die in it, and while the broker or a database is away."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final

from tests.chaos.arena import SERVICES, Arena
from tests.chaos.erasing import Crowd, erase, gathered, told_of
from tests.chaos.outages import outage
from tests.chaos.row import Case, Row, Told

_OTHERS: Final = ("portfolio", "reporting")
_MID: Final = "privacy.erased>consumer.mid-transaction:kill@2"
_AFTER: Final = "privacy.erased>consumer.after-commit:kill@2"
# Enrolment erases in the request, the others where they hear of it.
PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "before erasing": dict.fromkeys(SERVICES, "privacy.erasing:kill"),
    "amid erasing": {
        "enrolment": "privacy.erasing:kill@12",
        "portfolio": "privacy.erasing:kill@5",
        "reporting": "privacy.erasing:kill@3",
    },
    "before the receipt": dict.fromkeys(SERVICES, "privacy.erased:kill@2"),
    "before the commit": {
        "enrolment": "privacy.erased>work.after-flush:kill@2",
        **dict.fromkeys(_OTHERS, _MID),
    },
    "after the commit": {
        "enrolment": "privacy.erased>work.after-commit:kill@2",
        **dict.fromkeys(_OTHERS, _AFTER),
    },
}
_HEAL_SECONDS: Final = 60.0
_ASKED: Final = """
SELECT learner_id::text, force_ids, due_on FROM erasure_requests
"""
_RECEIPTS: Final = "SELECT learner_id::text, force_ids, due_on, rows::text AS rows FROM erasures"
_ANNOUNCED: Final = """
SELECT aggregateid, forceid FROM event_log WHERE type = 'npp.enrolment.learner-erased.v1'
"""
_FED: Final = """
SELECT force_id, count(*), count(DISTINCT subject) FROM feed_events
WHERE type = 'npp.enrolment.learner-erased.v1' GROUP BY 1
"""
_OWED: Final = "SELECT force_id, count(*) FROM force_erasures GROUP BY 1"
_HELD: Final = "SELECT learner_id::text FROM holds"
# What an erasure leaves blank, and nothing else does.
_BLANK: Final = {
    "enrolment": "SELECT learner_id::text FROM learners WHERE given_name = '' OR email = ''",
    "portfolio": """
        SELECT DISTINCT learner_id::text FROM evidence JOIN portfolios USING (portfolio_id)
        WHERE title = '' OR reference = ''
    """,
}
# Of each of those who are erased here there was so much; asked twice, there would be more.
_ROWS: Final = {
    "enrolment": {"learners": 1, "collar-numbers": 1, "statements": 1, "rejected-rows": 1},
    "portfolio": {"evidence": 1},
    "reporting": {},
}
Away = Callable[[Arena], AbstractAsyncContextManager[None]]


async def kill_at(places: Mapping[str, str], arena: Arena) -> Told:
    """Each service dies once in an erasure of its own."""
    crowd = await gathered(arena)
    before = arena.crew.crashes
    for name, fault in places.items():
        await arena.crew.replace(arena.crew[name], fault=fault)
    wrong = await erase(arena, crowd)
    seconds = await arena.crashed(before, len(places))
    where = ", ".join(f"{name} at {fault.partition(':')[0]}" for name, fault in places.items())
    return await _told(arena, crowd, wrong, f"killed: {where}", {"back after": round(seconds, 1)})


async def without(away: Away, whom: tuple[str, ...], what: str, arena: Arena) -> Told:
    """What all or one of them need is away when the erasures are asked, and comes back."""
    crowd = await gathered(arena)
    async with away(arena), outage(arena, whom) as seen:
        wrong = await erase(arena, crowd)
        await arena.answered(40)
        gone = {each.learner for each in crowd.going}
        early = [n for n in whom if n in _OTHERS and gone & set(await _receipts(arena, n))]
    wrong += [f"{name} had its receipts while {what}: the fault did not hit" for name in early]
    healed = await arena.ready()
    figures = seen.figures | {"ready after": round(healed, 1)}
    told = await _told(arena, crowd, wrong, what, figures)
    told.outages = seen.outages
    return told


async def _told(
    arena: Arena, crowd: Crowd, wrong: list[str], what: str, figures: Mapping[str, Any]
) -> Told:
    try:
        took = await arena.until(partial(_done, arena), _HEAL_SECONDS, "all receipts")
    except TimeoutError:  # what is missing is told service by service
        took = _HEAL_SECONDS
    wrong += [*await _receipted(arena, crowd), *await _left(arena, crowd)]
    return Told(
        f"{len(crowd.going)} people erased whose names stood in {_most(crowd)} tables,"
        f" {len(crowd.held)} kept by a hold, some of which came with the erasure; {what}",
        {"all receipts after": round(took, 1), **figures},
        violations=wrong,
    )


async def _done(arena: Arena) -> bool:
    """Every service has a receipt of every erasure, and every feed has told of it."""
    asked = await _asked(arena)
    found = await asyncio.gather(*(_receipts(arena, name) for name in SERVICES))
    told = Counter(force_id for each in asked.values() for force_id in each["force_ids"])
    fed = {row[0]: row[1] for row in await arena.sql("reporting", _FED)}
    return all(set(each) == set(asked) for each in found) and fed == told


async def _receipted(arena: Arena, crowd: Crowd) -> list[str]:
    """Receipts that are missing, too many, or of more or less than was there."""
    asked, wrong = await _asked(arena), []
    for name in SERVICES:
        found = await _receipts(arena, name)
        missing, more = asked.keys() - found.keys(), found.keys() - asked.keys()
        wrong += [f"{name} has no receipt of {len(missing)} erasures"] * bool(missing)
        wrong += [f"{name} has receipts of {len(more)} that nobody asked for"] * bool(more)
        for learner in asked.keys() & found.keys():
            due, there = asked[learner], found[learner]
            if (due["force_ids"], due["due_on"]) != (there["force_ids"], there["due_on"]):
                wrong.append(f"{name}'s receipt of {learner} is of other forces or another day")
        for each in crowd.going:
            rows = json.loads(found[each.learner]["rows"]) if each.learner in found else {}
            odd = {k: rows.get(k) for k, n in _ROWS[name].items() if rows and rows.get(k) != n}
            wrong += [f"{name}'s receipt of {each.learner} says {odd}"] * bool(odd)
    due = Counter((each, force_id) for each, r in asked.items() for force_id in r["force_ids"])
    announced = Counter(map(tuple, await arena.sql("enrolment", _ANNOUNCED)))
    wrong += ["erasures announced otherwise than asked"] * (due != announced)
    told = Counter(force_id for _, force_id in due.elements())
    fed = await arena.sql("reporting", _FED)
    wrong += [f"the feed of {f} tells of {n} erasures" for f, n, m in fed if not n == m == told[f]]
    owed = dict(await arena.sql("reporting", _OWED))
    wrong += ["forces owe otherwise than they were told"] * (owed != told)
    return wrong


async def _left(arena: Arena, crowd: Crowd) -> list[str]:
    """What still tells of somebody who was erased, and what tells no more of somebody else."""
    everybody, wrong = [*crowd.going, *crowd.held], []
    found = await told_of(arena, everybody)
    left = {table for each in found[: len(crowd.going)] for table in each}
    wrong += [f"{table} still tells of who was erased" for table in sorted(left)]
    for each, tables in zip(crowd.held, found[len(crowd.going) :], strict=True):
        lost = each.tables - tables
        wrong += [f"{each.learner} is on hold, and gone from {sorted(lost)}"] * bool(lost)
    asked = set(await _asked(arena))
    for name, blank in _BLANK.items():
        others = {row[0] for row in await arena.sql(name, blank)} - asked
        wrong += [f"{name} has erased {len(others)} others"] * bool(others)
    held = {each.learner for each in crowd.held}
    for name in SERVICES:
        known = {row[0] for row in await arena.sql(name, _HELD)}
        wrong += [f"{name} knows of other holds"] * (not held <= known or bool(asked & known))
    return wrong


async def _asked(arena: Arena) -> dict[str, Any]:
    return {row["learner_id"]: row for row in await arena.sql("enrolment", _ASKED)}


async def _receipts(arena: Arena, service: str) -> dict[str, Any]:
    return {row["learner_id"]: row for row in await arena.sql(service, _RECEIPTS)}


def _most(crowd: Crowd) -> int:
    return max(len(each.tables) for each in crowd.everybody)


@asynccontextmanager
async def _no_broker(arena: Arena) -> AsyncIterator[None]:
    await arena.servers.brokers.stop_all()
    try:
        yield
    finally:
        await arena.servers.brokers.start_all()
        await arena.servers.brokers.all_there()


def _no_database(arena: Arena) -> AbstractAsyncContextManager[None]:
    return arena.servers.database.away("portfolio")


ROW = Row(
    "F21",
    "kill -9 every service in an erasure; the broker or a service's database away meanwhile",
    "before erasing, amid it, before the receipt, before and after the commit; steady load",
    "erasing and the receipt in the checkpoint's transaction: what was being erased stays, and"
    " nobody hears of it again",
    [
        *(Case(name, partial(kill_at, each), quick=False) for name, each in PLACES.items()),
        Case(
            "the broker away",
            partial(without, _no_broker, SERVICES, "the broker was away"),
            quick=False,
        ),
        Case(
            "a database away",
            partial(without, _no_database, ("portfolio",), "portfolio's database was away"),
            quick=False,
        ),
    ],
)
