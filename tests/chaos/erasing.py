"""People with data that tells who they are, their erasure, and the search for what is left."""

import asyncio
import itertools
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import uuid4

from chassis.testing.dumping import dumped
from npp_ops.officers import Declined, Officer
from npp_ops.operating import Unreachable

from .arena import SERVICES, Arena

FORCE: Final = "kent"
MODULE: Final = "engagement"
_COLUMNS: Final = (
    "collar_number,given_name,family_name,email,worker_type,rank,neighbourhood,joined_on"
)
_PATIENCE_SECONDS: Final = 150.0
_HOLDS: Final = "SELECT learner_id::text FROM holds"
_numbers = itertools.count(26**3)


@dataclass(slots=True)
class Somebody:
    """A learner with data in every service. telling: what nobody else's data has in it."""

    given: str
    collar: str
    learner: str = ""
    tables: set[str] = field(default_factory=set)

    @property
    def telling(self) -> tuple[str, str]:
        return self.given.casefold(), self.collar

    def row(self, worker_type: str) -> str:
        address = f"{self.given.lower()}@{FORCE}.police.example"
        return f"{self.collar},{self.given},Quillfeather,{address},{worker_type},constable,yes,"


@dataclass(slots=True)
class Crowd:
    """going: who is to be erased. held: whom a hold keeps. contested: both are asked at once."""

    going: list[Somebody]
    held: list[Somebody]
    contested: list[Somebody]

    @property
    def everybody(self) -> list[Somebody]:
        return [*self.going, *self.held, *self.contested]


async def gathered(arena: Arena, going: int = 8, held: int = 2, contested: int = 2) -> Crowd:
    """New people, whose names stand in several tables of two services; some of them on hold."""
    everybody = await asyncio.gather(*(_somebody(arena) for _ in range(going + held + contested)))
    crowd = Crowd(everybody[:going], everybody[going:-contested], everybody[-contested:])
    officer = Officer(arena.stack, "chaos", None)
    for each in crowd.held:
        await _asked(arena, officer, each, "hold", {"reason": "a claim"})
    await arena.until(partial(_known, arena, crowd.held), 60, "every service knows of the holds")
    for each, tables in zip(everybody, await told_of(arena, everybody), strict=True):
        each.tables = tables
    return crowd


async def erase(arena: Arena, crowd: Crowd) -> list[str]:
    """Ask for all of them, as `npp erase` does, until each is answered; what is wrong in words.

    Of the contested, those whose hold came first have moved to the held.
    """
    officer, wrong = Officer(arena.stack, "chaos", None), []
    body = {"ground": "objection", "reason": "asked"}
    going = [_asked(arena, officer, each, "erasure", body) for each in crowd.going]
    refused = [_asked(arena, officer, each, "erasure", body) for each in crowd.held]
    both = [_either(arena, officer, each, body) for each in crowd.contested]
    done, kept, either = await asyncio.gather(
        asyncio.gather(*going), asyncio.gather(*refused), asyncio.gather(*both)
    )
    if not all(done):
        wrong.append(f"{done.count(False)} of those to be erased were refused")
    if any(kept):
        wrong.append(f"{kept.count(True)} were erased against a hold")
    for each, (gone, held) in zip(crowd.contested, either, strict=True):
        if gone == held:
            wrong.append(f"{each.learner} was asked for and held: {gone} and {held}")
        (crowd.going if gone else crowd.held).append(each)
    return wrong


async def told_of(arena: Arena, people: Sequence[Somebody]) -> list[set[str]]:
    """Of each, the tables of any service that have anything in them that tells of them."""
    found: list[set[str]] = [set() for _ in people]
    for service in SERVICES:
        tables = await dumped(partial(arena.sql, service))
        for name, text in tables.items():
            for each, where in zip(people, found, strict=True):
                if any(word in text for word in each.telling):
                    where.add(f"{service}.{name}")
    return found


async def _either(
    arena: Arena, officer: Officer, who: Somebody, body: dict[str, str]
) -> tuple[bool, bool]:
    gone, held = await asyncio.gather(
        _asked(arena, officer, who, "erasure", body),
        _asked(arena, officer, who, "hold", {"reason": "a claim"}),
    )
    return gone, held


async def _asked(
    arena: Arena, officer: Officer, who: Somebody, what: str, body: dict[str, str]
) -> bool:
    """Whether it was done, now or by an attempt that nobody lived to answer."""
    said: list[bool] = []

    async def answered() -> bool:
        try:
            await asyncio.to_thread(officer.post, f"/learners/{who.learner}/{what}", body)
        except Unreachable:
            return False
        except Declined as refused:
            said.append("already-" in str(refused))
        else:
            said.append(True)
        return True

    await arena.until(answered, _PATIENCE_SECONDS, f"an answer about {what}")
    return said[0]


async def _known(arena: Arena, people: Sequence[Somebody]) -> bool:
    due = {each.learner for each in people}
    found = [await arena.sql(service, _HOLDS) for service in SERVICES]
    return all(due <= {row[0] for row in rows} for rows in found)


async def _somebody(arena: Arena) -> Somebody:
    number = next(_numbers)
    letters = "".join(string.ascii_lowercase[number // 26**place % 26] for place in range(4))
    made = Somebody(f"Zeb{letters}", f"zq{number}x")
    send = arena.load.sender
    admin = "force-admin", FORCE, "enrolment"
    for worker_type in ("police-officer", "lord"):  # the second is refused, and kept as it came
        file = f"{_COLUMNS}\n{made.row(worker_type)}2020-01-06\n"
        await send.post(*admin, "/rosters", file.encode())
    (found,) = (await send.get(*admin, "/learners", collar_number=made.collar))["items"]
    made.learner = found["learner_id"]
    await _complete(arena, made, found["enrolments"][0]["enrolment_id"])
    await _record(arena, made)
    return made


async def _complete(arena: Arena, who: Somebody, enrolment: str) -> None:
    account = {"homePage": f"https://{FORCE}.police.example", "name": who.collar}
    statement = {
        "id": str(uuid4()),
        "actor": {"name": f"{who.given} Quillfeather", "account": account},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://learn.npp.example/modules/{MODULE}"},
        "timestamp": "2026-05-01T10:00:00Z",
    }
    version = {"X-Experience-API-Version": "1.0.3"}
    where = "learning-platform", "national", "enrolment", "/xapi/statements"
    await arena.load.sender.post(*where, statement, **version)
    arena.load.acknowledged.completions.add((enrolment, MODULE))


async def _record(arena: Arena, who: Somebody) -> None:
    send, mine = arena.load.sender, ("candidate", FORCE, "portfolio")
    found: list[Any] = []

    async def opened() -> bool:
        asked = await send.get(*mine, "/portfolios", subject=who.learner, learner_id=who.learner)
        found[:] = asked["items"]
        return bool(found)

    await arena.until(opened, 60, "the portfolio is open")
    evidence = {
        "kind": "work-product",
        "title": f"As {who.given} said.",
        "reference": f"https://records.example/{who.collar}",
        "event_date": "2026-06-01",
        "criteria": ["c1"],
    }
    path = f"/portfolios/{found[0]['portfolio_id']}/evidence"
    said = await send.post(*mine, path, evidence, subject=who.learner)
    arena.load.acknowledged.evidence.append(said["evidence_id"])
