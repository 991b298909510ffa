"""A load under way: the plan, the client, who is who in the services, and how fast it goes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from npp_ops.progress import ERRORS
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.plan.chance import id_of
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.plan import Plan

T = TypeVar("T")


@dataclass(slots=True)
class Rate:
    """How many things of a kind were sent, and in how many seconds."""

    things: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.things / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Run:
    """What every step of the load needs."""

    plan: Plan
    client: Client
    actors: Actors
    progress: Progress
    learners: dict[int, UUID] = field(default_factory=dict)
    enrolments: dict[int, UUID] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)
    rates: dict[str, Rate] = field(default_factory=dict)

    def key(self, *what: object) -> UUID:
        """The idempotency key of a request: the same whenever this plan is sent."""
        plan = self.plan
        return id_of("request", plan.seed, plan.day, plan.size, *what)

    def person(self, at: int) -> Person:
        return self.plan.people[at]

    def candidate(self, at: int) -> str:
        """The token of somebody on the nation's rolls."""
        return self.actors.learner(self.learners[at], self.person(at).force_id)

    def admin(self, at: int) -> str:
        """The token of the administrator of somebody's force."""
        return self.actors.of_force("force-admin", self.person(at).force_id)

    async def each(
        self,
        what: str,
        things: Sequence[T],
        send: Callable[[T], Awaitable[None]],
        *,
        together: int,
        worth: Callable[[T], int] = lambda _: 1,
    ) -> None:
        """Send all of them, so many at a time; `worth`: how many things one of them holds."""
        task = self.progress.add_task(what, total=sum(map(worth, things)))
        begun, waiting = time.monotonic(), iter(things)

        async def work() -> None:
            for thing in waiting:
                await send(thing)
                self.progress.advance(task, worth(thing))

        async with asyncio.TaskGroup() as group:
            for _ in range(together):
                group.create_task(work())
        took = time.monotonic() - begun
        rate = self.rates[what] = Rate(sum(map(worth, things)), took)
        said = f"{what} ({rate.per_second:,.0f}/s)"
        self.progress.update(task, description=said)
        if not ERRORS.is_terminal:
            ERRORS.print(f"{said}: {rate.things:,} in {took:.1f} s", highlight=False)


@asynccontextmanager
async def shown() -> AsyncIterator[Progress]:
    """Progress on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Where nobody watches, each finished step prints a line instead.
    with Progress(*columns, console=ERRORS, disable=not ERRORS.is_terminal) as progress:
        yield progress
