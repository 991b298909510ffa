"""Steady commands over HTTP, each tried with one Idempotency-Key until somebody answers it."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from .programme import FRAMEWORK, MODULES, PROGRAMME
from .sender import Sender, Unanswered

FORCES: Final = ("derbyshire", "kent", "cumbria")
_WORKERS: Final = 12
_COLUMNS: Final = (
    "collar_number,given_name,family_name,email,worker_type,rank,neighbourhood,joined_on"
)


@dataclass(slots=True)
class Person:
    """Somebody on a roster, with what the load has to know to go on with them."""

    force: str
    collar: str
    learner: str
    enrolment: str
    deferred: bool = False
    neighbourhood: bool = True
    modules: list[str] = field(default_factory=lambda: [*MODULES, "evidence"])


@dataclass(slots=True)
class Acknowledged:
    """What services said that they have done: each must show in E exactly once."""

    headcounts: list[int] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    completions: set[tuple[str, str]] = field(default_factory=set)


class Load:
    """A way to send commands, and a steady stream of them: `async with load.running():`.

    failures: commands that were refused, or that nobody answered in time.
    """

    def __init__(self, sender: Sender, chance: random.Random, rate: float = 25.0) -> None:
        self.sender = sender
        self.rate = rate
        self.acknowledged = Acknowledged()
        self.failures: list[str] = []
        self._random = chance
        self._people: list[Person] = []
        self._number = 0
        self._due = 0.0
        self._acts: list[Callable[[], Awaitable[object]]] = [
            self.register,
            self.report_workforce,
            self.report_workforce,
            self.complete,
            self.complete,
            self.upload_completions,
            self.defer_or_resume,
            self.defer_or_resume,
            self.change_role,
            self.record_evidence,
        ]

    async def prepare(self) -> None:
        """Publish the programme, and put the first people on the roster."""
        await self.sender.post("national-admin", "national", "enrolment", "/programmes", PROGRAMME)
        await self.sender.post("national-admin", "national", "portfolio", "/frameworks", FRAMEWORK)
        for _ in range(5):
            await self.register(12)

    @asynccontextmanager
    async def running(self, rate: float | None = None) -> AsyncIterator[None]:
        """Send commands until the end of the block; then wait for the answers still due."""
        stopping = asyncio.Event()
        self._due = time.monotonic()
        pace = 1 / (rate or self.rate)
        workers = [asyncio.create_task(self._work(stopping, pace)) for _ in range(_WORKERS)]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.gather(*workers)

    async def _work(self, stopping: asyncio.Event, pace: float) -> None:
        while not stopping.is_set():
            present = time.monotonic()
            self._due = max(self._due + pace, present - 1.0)
            await asyncio.sleep(max(0.0, self._due - present))
            try:
                await self._random.choice(self._acts)()
            except Unanswered as failed:
                self.failures.append(str(failed))

    async def register(self, people: int = 2) -> None:
        """A small roster of new people of one force."""
        force = self._random.choice(FORCES)
        collars = [f"c{self._next()}" for _ in range(people)]
        await self._roster(force, [(collar, True) for collar in collars])
        who = "force-admin", force, "enrolment", "/learners"
        asked = (self.sender.get(*who, collar_number=collar) for collar in collars)
        for collar, found in zip(collars, await asyncio.gather(*asked), strict=True):
            (learner,) = found["items"]
            (enrolment,) = learner["enrolments"]
            self._people.append(
                Person(force, collar, learner["learner_id"], enrolment["enrolment_id"])
            )

    async def crowd(self, people: int) -> None:
        """A roster of people with whom the load does nothing more."""
        await self._roster(
            self._random.choice(FORCES), [(f"c{self._next()}", True) for _ in range(people)]
        )

    async def report_workforce(self, force: str | None = None) -> int:
        """A headcount that nobody has reported before: sent twice it would be two events."""
        force, headcount = force or self._random.choice(FORCES), self._next()
        body = {"force_id": force, "as_of": "2026-01-31", "headcount": headcount, "source": "load"}
        await self.sender.post("force-admin", force, "enrolment", "/workforce", body)
        self.acknowledged.headcounts.append(headcount)
        return headcount

    async def complete(self) -> None:
        """Somebody completes a module, by xAPI."""
        person = self._anybody()
        if not person.modules:
            return
        module = person.modules.pop()
        statement = {
            "id": str(uuid4()),
            "actor": {
                "account": {
                    "homePage": f"https://{person.force}.police.example",
                    "name": person.collar,
                }
            },
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": f"https://learn.npp.example/modules/{module}"},
            "timestamp": "2026-05-01T10:00:00Z",
        }
        version = {"X-Experience-API-Version": "1.0.3"}
        where = "learning-platform", "national", "enrolment", "/xapi/statements"
        await self.sender.post(*where, statement, **version)
        self.acknowledged.completions.add((person.enrolment, module))

    async def upload_completions(self) -> None:
        """A file of two people's completions."""
        two = (self._anybody(), self._anybody())
        chosen = [(person, person.modules.pop(0)) for person in two if person.modules]
        lines = [
            f"{p.force},{p.collar},{module},2026-04-{1 + len(p.modules):02}" for p, module in chosen
        ]
        if not lines:
            return
        file = "\n".join(["force,collar_number,module,completed_on", *lines]) + "\n"
        where = "learning-platform", "national", "enrolment", "/completions"
        said = await self.sender.post(*where, file.encode())
        if said["accepted"] != len(lines):
            raise Unanswered(f"{said} for {file}")
        self.acknowledged.completions |= {(p.enrolment, module) for p, module in chosen}

    async def defer_or_resume(self) -> None:
        """Training is put off or gone on with; nobody else does that to the same person."""
        person = self._anybody()
        self._people.remove(person)
        try:
            verb = "resume" if person.deferred else "defer"
            body = {} if person.deferred else {"reason": "secondment"}
            path = f"/enrolments/{person.enrolment}/{verb}"
            await self.sender.post("force-admin", person.force, "enrolment", path, body)
            person.deferred = not person.deferred
            self.acknowledged.moves[person.enrolment, verb] += 1
        finally:
            self._people.append(person)

    async def change_role(self) -> None:
        """A roster says that somebody has come to or gone from the neighbourhood team."""
        person = self._anybody()
        self._people.remove(person)
        try:
            person.neighbourhood = not person.neighbourhood
            await self._roster(person.force, [(person.collar, person.neighbourhood)])
        finally:
            self._people.append(person)

    async def record_evidence(self) -> None:
        """A candidate puts something into the portfolio, once it is there."""
        person = self._anybody()
        mine = "candidate", person.force, "portfolio"
        who = {"subject": person.learner, "learner_id": person.learner}
        found = (await self.sender.get(*mine, "/portfolios", **who))["items"]
        if not found:
            return
        evidence = {
            "kind": "work-product",
            "title": "Invented work",
            "reference": f"https://records.example/{self._next()}",
            "event_date": "2026-06-01",
            "criteria": ["c1"],
        }
        path = f"/portfolios/{found[0]['portfolio_id']}/evidence"
        said = await self.sender.post(*mine, path, evidence, subject=person.learner)
        self.acknowledged.evidence.append(said["evidence_id"])

    async def _roster(self, force: str, people: list[tuple[str, bool]]) -> None:
        lines = [
            # The same file again would change nothing, so no two are the same.
            f"{collar},Alex,Example,{collar}.{self._next()}@{force}.police.example,"
            f"police-officer,constable,"
            f"{'yes' if neighbourhood else 'no'},2020-01-06"
            for collar, neighbourhood in people
        ]
        file = "\n".join([_COLUMNS, *lines]) + "\n"
        said = await self.sender.post("force-admin", force, "enrolment", "/rosters", file.encode())
        if said["accepted"] != len(lines):
            raise Unanswered(f"{said} for {file}")

    def _anybody(self) -> Person:
        return self._random.choice(self._people)

    def _next(self) -> int:
        self._number += 1
        return self._number
