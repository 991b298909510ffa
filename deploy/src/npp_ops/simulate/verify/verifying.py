"""`npp verify`: wait until everything has flowed, then compare every number."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from npp_ops.progress import step
from npp_ops.simulate.ledger import services as ledger_of_services
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client, connected
from npp_ops.simulate.load.idle import wait_until_idle
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.log import ledger as log_ledger
from npp_ops.simulate.log import told
from npp_ops.simulate.log.sight import sights
from npp_ops.simulate.log.standing import Moment, standing
from npp_ops.simulate.log.told import Log
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.verify import cuts, doors, feeds, found, pages
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.figures import Figures, Planned, analysts, spreadsheets
from npp_ops.simulate.verify.recorded import published, recorded
from npp_ops.stack import Stack, services
from npp_ops.status import services_status

T = TypeVar("T")
TOGETHER: Final = 4


@dataclass(slots=True)
class Verification:
    """A stack that was loaded with a plan, and what has been compared of it so far."""

    stack: Stack
    client: Client
    actors: Actors
    ending: Ending
    log: Log
    comparison: Comparison

    async def figures(self) -> None:
        seen = sights(standing(self.log, Moment(datetime.now(UTC))))
        figures, plan = Figures(self.client, self.actors, seen), Planned.of(self.ending)
        with self._family("Figures, by the plan and by the log"):
            await figures.covered(self.comparison)
            await _each(
                log_ledger.asks(), lambda ask: figures.by_plan_and_log(plan, ask, self.comparison)
            )

    async def figures_elsewhere(self) -> None:
        seen = sights(standing(self.log, Moment(datetime.now(UTC))))
        figures = Figures(self.client, self.actors, seen)
        with self._family("Spreadsheets"):
            await _each(spreadsheets(), lambda ask: figures.table(ask, self.comparison))
        with self._family("Figures with small numbers withheld"):
            for ask in analysts():
                await figures.shown(ask, self.comparison)
        with self._family("Pages"):
            for address in pages.addresses():
                shown = await pages.page(self.client, self.actors, seen, *address)
                self.comparison.take(*shown)

    async def cuts(self) -> None:
        with self._family("Returns, and figures as at a moment"):
            for each in await cuts.frozen(self.stack.database_url("reporting")):
                await cuts.compare(self.client, self.actors, self.log, each, self.comparison)

    async def services(self, plan: Plan) -> None:
        with self._family("Services"):
            found = await _services(self.stack, self.client, self.actors, plan)
            self.comparison.take(ledger_of_services.held(self.ending), found)
        with self._family("Log"):
            self.comparison.take(await recorded(self._databases()), published(self.log))

    async def feeds(self) -> None:
        walks: dict[str, feeds.Walked] = {}

        async def walk(feed: str) -> None:
            walks[feed] = await feeds.walked(self.client, self.actors, feed)

        with self._family("Feeds and their manifests"):
            await _each(feeds.FEEDS, walk)
            held: Flat = {}
            for each in walks.values():
                held |= feeds.told(each)
                self.comparison.take(*feeds.manifests(each))
            self.comparison.take(await feeds.owed(self._databases()), held)
        with self._family("Forces' topics"):
            self.comparison.take(*await doors.topics(self.stack.bootstrap_servers, walks))
        with self._family("Days' files"):
            for each_walk in walks.values():
                self.comparison.take(*await doors.files(self.client, self.actors, each_walk))

    async def uploads(self, plan: Plan, ids: Mapping[str, str]) -> None:
        files = self.ending.files
        told: Flat = {}
        with self._family("Uploads"):
            for file in files:
                if file.name in ids:
                    token = self.actors.sender(file.sender)
                    told |= await found.upload(self.client, token, file.name, ids[file.name])
            self.comparison.take(ledger_of_services.uploaded(files), told)

    def _databases(self) -> list[str]:
        return [self.stack.database_url(name) for name in services()]

    @contextmanager
    def _family(self, name: str) -> Iterator[None]:
        with step(f"{name} compared"), self.comparison.family(name):
            yield


@asynccontextmanager
async def verifying(stack: Stack, plan: Plan) -> AsyncIterator[Verification]:
    """A verification that has compared nothing yet, once everything has flowed."""
    with step("Everything has flowed"):
        await wait_until_idle(stack)
    with step("The log is read"):
        log = await told.read(stack.bootstrap_servers)
    urls = {name: stack.url(name) for name in services()}
    async with connected(urls) as client:
        actors = Actors(stack.minter)
        yield Verification(stack, client, actors, Ending(plan), log, Comparison(0, []))


async def verify(stack: Stack, plan: Plan, uploads: Mapping[str, str]) -> Comparison:
    """`uploads`: the ids under which enrolment keeps the files of the last load, by name."""
    async with verifying(stack, plan) as verification:
        await verification.figures()
        await verification.figures_elsewhere()
        await verification.cuts()
        await verification.services(plan)
        await verification.feeds()
        await verification.uploads(plan, uploads)
    return verification.comparison


async def _services(stack: Stack, client: Client, actors: Actors, plan: Plan) -> Flat:
    together: Flat = {}

    async def of_force(force_id: str) -> None:
        together.update(await found.learners(client, actors, force_id))

    await _each([each.force_id for each in plan.strengths], of_force)
    for ask in (found.results, found.portfolios, found.sessions):
        together |= await ask(client, actors)
    statuses = await services_status(stack, services())
    return together | {f"{each.name} dead letters": int(each.dead_letters) for each in statuses}


async def _each(things: Iterable[T], compare: Callable[[T], Awaitable[None]]) -> None:
    waiting = iter(things)

    async def work() -> None:
        for thing in waiting:
            await compare(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(TOGETHER):
            group.create_task(work())
