"""The load from its first request to the moment when everything has arrived."""

import asyncio
import time

from npp_ops.simulate.load import files, movement, portfolios, rolls, sessions, sitting, standards
from npp_ops.simulate.load.client import connected
from npp_ops.simulate.load.idle import resident_mib, wait_until_idle
from npp_ops.simulate.load.report import Loaded
from npp_ops.simulate.load.run import Run, shown
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.sent.completions import after_transfers, completion_files
from npp_ops.simulate.sent.rosters import first_rosters, second_rosters
from npp_ops.simulate.sent.statements import said_twice, statement_batches
from npp_ops.stack import Stack, services
from npp_ops.status import services_status


async def load(stack: Stack, plan: Plan) -> tuple[Loaded, dict[str, str]]:
    """Send the plan. What was sent before is sent again and changes nothing.

    Returns what the load came to, and the ids of the files that were uploaded.
    """
    begun = time.monotonic()
    urls = {name: stack.url(name) for name in services()}
    async with connected(urls) as client, shown() as progress:
        run = Run(plan, client, Actors(stack.minter), progress)
        await standards.publish(run)
        await files.upload(run, "Roster rows", first_rosters(plan), together=3)
        await rolls.look_up(run)
        await _learn(run)
        await _settled(stack, run, "Everything arrived")
        await _afterwards(run)
        await _settled(stack, run, "Everything arrived again")
    statuses = await services_status(stack, services())
    memory, took = resident_mib(statuses), time.monotonic() - begun
    return Loaded.of(plan, run.rates, client.sent, memory, seconds=took), run.uploads


async def _learn(run: Run) -> None:
    """The services work side by side, as they would."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_completions(run))
        group.create_task(sitting.sit(run))
        group.create_task(sessions.hold(run))
        group.create_task(portfolios.drive(run))


async def _completions(run: Run) -> None:
    await files.upload(run, "Completion rows", completion_files(run.plan), together=2)
    await files.push(run, "xAPI statements", statement_batches(run.plan), together=2)


async def _afterwards(run: Run) -> None:
    """What must come after all else, or the same plan could end in different figures."""
    plan = run.plan
    await files.upload(run, "Second rosters", second_rosters(plan), together=3)
    await files.push(run, "Statements said twice", said_twice(plan), together=2)
    again = completion_files(plan)[:1]
    await files.upload(run, "A file uploaded twice", again, together=1)
    await movement.move(run)
    await files.upload(run, "Rows after transfers", after_transfers(plan), together=1)


async def _settled(stack: Stack, run: Run, what: str) -> None:
    async def wait(_: str) -> None:
        await wait_until_idle(stack)

    await run.each(what, ["idle"], wait, together=1)
