"""`npp verify`: wait until everything has flowed, then compare every number."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from npp_ops.progress import step
from npp_ops.simulate.ledger import services as ledger_of_services
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.ledger import Ask, asks, expected
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client, connected
from npp_ops.simulate.load.idle import wait_until_idle
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.sent.completions import after_transfers, completion_files
from npp_ops.simulate.sent.rosters import first_rosters, second_rosters
from npp_ops.simulate.verify import feeds, found
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.stack import Stack, services
from npp_ops.status import services_status

T = TypeVar("T")
TOGETHER = 4


async def verify(stack: Stack, plan: Plan, uploads: Mapping[str, str]) -> Comparison:
    """`uploads`: the ids under which enrolment keeps the files of the last load, by name."""
    with step("Everything has flowed"):
        await wait_until_idle(stack)
    comparison, ending = Comparison(0, []), Ending(plan)
    urls = {name: stack.url(name) for name in services()}
    async with connected(urls) as client:
        actors = Actors(stack.minter)
        with step("Figures compared"):
            await _figures(client, actors, ending, comparison)
        with step("Services compared"):
            comparison.take(
                ledger_of_services.held(ending), await _services(stack, client, actors, plan)
            )
        with step("Feeds compared"):
            await _feeds(stack, client, actors, comparison)
        with step("Uploads compared"):
            await _uploads(client, actors, plan, uploads, comparison)
    return comparison


async def _figures(client: Client, actors: Actors, ending: Ending, comparison: Comparison) -> None:
    async def compare(ask: Ask) -> None:
        comparison.take(expected(ending, ask), await found.figure(client, actors, ask))

    await _each(asks(ending), compare)


async def _services(stack: Stack, client: Client, actors: Actors, plan: Plan) -> Flat:
    together: Flat = {}

    async def of_force(force_id: str) -> None:
        together.update(await found.learners(client, actors, force_id))

    await _each([each.force_id for each in plan.strengths], of_force)
    for ask in (found.results, found.portfolios, found.sessions):
        together |= await ask(client, actors)
    statuses = await services_status(stack, services())
    return together | {f"{each.name} dead letters": int(each.dead_letters) for each in statuses}


async def _feeds(stack: Stack, client: Client, actors: Actors, comparison: Comparison) -> None:
    together: Flat = {}

    async def of_force(feed: str) -> None:
        together.update(await feeds.told(client, actors, feed))

    await _each(feeds.FEEDS, of_force)
    urls = [stack.database_url(name) for name in services()]
    comparison.take(await feeds.owed(urls), together)


async def _uploads(
    client: Client,
    actors: Actors,
    plan: Plan,
    ids: Mapping[str, str],
    comparison: Comparison,
) -> None:
    files = [
        *first_rosters(plan),
        *completion_files(plan),
        *second_rosters(plan),
        *after_transfers(plan),
    ]
    told: Flat = {}
    for file in files:
        if file.name in ids:
            token = actors.sender(file.sender)
            told |= await found.upload(client, token, file.name, ids[file.name])
    comparison.take(ledger_of_services.uploaded(files), told)


async def _each(things: Sequence[T], compare: Callable[[T], Awaitable[None]]) -> None:
    waiting = iter(things)

    async def work() -> None:
        for thing in waiting:
            await compare(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(TOGETHER):
            group.create_task(work())
