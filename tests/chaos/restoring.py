"""After a row, however it ended: servers healed, the three members running, nothing held back."""

from contextlib import suppress
from typing import Final

from chassis.operating.controls import OUTBOX

from .arena import SERVICES, Arena
from .operators import Operators
from .scrape import problems, scrape

_READY_SECONDS: Final = 120.0
_HEARD_SECONDS: Final = 30.0
_WHY: Final = "the row is over"
_PAUSED: Final = "SELECT kind, name FROM controls"


async def restore(arena: Arena) -> None:
    """What a row that failed left behind must not be the next one's fault."""
    await arena.servers.heal()
    for member in list(arena.crew.members.values()):
        arena.crew.thaw(member)
        if member.name not in SERVICES:
            with suppress(TimeoutError):  # it is killed then; its row has said so
                await arena.crew.stop(member)
    for name in SERVICES:
        if name not in arena.crew.members:
            arena.crew.start(name, port=arena.stack.state.ports[name])
        await _resume(arena, name)

    async def ready() -> bool:
        unstopped = [await _unstop(arena, name) for name in SERVICES]
        return not any(unstopped) and not any([await problems(arena.crew[n]) for n in SERVICES])

    await arena.until(ready, _READY_SECONDS, "ready and nothing stopped")

    # Who is left of a group looks ready until its next heartbeat tells it that another has gone.
    # What a broker had begun that another goes on with is never told to be over.
    with suppress(TimeoutError):
        await arena.until(
            lambda: not arena.servers.brokers.rebalancing(), _HEARD_SECONDS, "no group rebalances"
        )


async def _resume(arena: Arena, service: str) -> None:
    operators = Operators(arena, service, _WHY)
    for kind, name in await arena.sql(service, _PAUSED):
        await (operators.resume_outbox() if kind == OUTBOX else operators.resume(name))


async def _unstop(arena: Arena, service: str) -> bool:
    """Whether the dead-letter limit had stopped a group; it goes on, to its next stop if need be.

    As an operator would: a pause makes it forget the stop.
    """
    found = await scrape(arena.crew[service])
    groups = found.stopped if found is not None else {}
    for group in groups:

        async def heard(group: str = group) -> bool:
            said = await scrape(arena.crew[service])
            return said is not None and group not in said.stopped

        operators = Operators(arena, service, _WHY)
        await operators.pause(group)
        await arena.until(heard, _HEARD_SECONDS, f"{group} has heard of its pause")
        await operators.resume(group)
        await _caught_up_or_stopped(arena, service, group)
    return bool(groups)


async def _caught_up_or_stopped(arena: Arena, service: str, group: str) -> None:
    async def either() -> bool:
        said = await scrape(arena.crew[service])
        return said is not None and (group in said.stopped or not said.behind(group))

    await arena.until(either, _READY_SECONDS, f"{group} goes on")
