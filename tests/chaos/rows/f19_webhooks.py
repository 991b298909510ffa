"""F19: addresses of a force fail in six ways, and whoever sends to them is killed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.testing import receiving
from chassis.testing.receiving import Answer, Receiver, Request, receiver, status
from tests.chaos.arena import Arena
from tests.chaos.load import FORCES
from tests.chaos.row import Case, Row, Told

_FORCE: Final = FORCES[0]
_KILLS: Final = 2
_WELL: Final = "is well"
_WAYS: Final[Mapping[str, Answer]] = {
    "refuses": status(500),
    "hangs": receiving.hang,
    "drips": receiving.drip,
    "redirects": status(302, "Location: http://127.0.0.1:1/"),
    "resets": receiving.reset,
    "is gone": status(410),
}
_LENIENT: Final = {
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
    # Time enough for one that is well while all of them are sent what they have missed.
    "WEBHOOK_ATTEMPT_SECONDS": "5",
}
# All the six have missed comes at once, a commit each.
_HEAL_SECONDS: Final = 120.0
_FEED: Final = """
SELECT event_id::text, position, subject FROM feed_events WHERE force_id = $1 ORDER BY position
"""


@dataclass
class Address:
    """A webhook and who answers there.

    since: a position behind which all is due to it. accepted: the ids it has said yes to, in order.
    """

    name: str
    there: Receiver
    id: str
    since: int
    accepted: list[str] = field(default_factory=list)
    due: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """Ids that are due and that it has not accepted."""
        return self.due.difference(self.accepted)

    def heal(self) -> None:
        """Accept from now on."""
        well = status(204)

        async def accept(request: Request, writer: asyncio.StreamWriter) -> None:
            self.accepted.append(request.id)
            await well(request, writer)

        self.there.answer = accept


async def six_ways(arena: Arena) -> Told:
    """One that is well is sent everything all the while, and all are in the end."""
    async with _lenient(arena), AsyncExitStack() as stack:
        well = await _made(arena, stack, _WELL, status(204))
        well.heal()
        failing = [await _made(arena, stack, *way) for way in _WAYS.items()]
        for _ in range(_KILLS):
            await _sent_and_killed(arena, well)
        refused = {each.name: len(each.there.got) for each in failing}
        for each in failing:
            each.heal()
            await _try_again(arena, each)
        await arena.answered(50)
        everyone = [well, *failing]
        feed = await arena.sql("reporting", _FEED, _FORCE)
        for each in everyone:
            each.due = frozenset(row[0] for row in feed if row[1] > each.since)
        took = await _delivered(arena, everyone)
        feed = await arena.sql("reporting", _FEED, _FORCE)
    wrong = [line for each in everyone for line in _judged(each, feed)]
    wrong += [f"the one that {name} was sent nothing" for name, sent in refused.items() if not sent]
    return Told(
        "six addresses of a force answer 500, hang, drip, redirect, reset and say 410, beside one"
        f" that is well; reporting killed {_KILLS} times while it sent; then all are well",
        {
            "due": sum(len(each.due) for each in everyone),
            "refused": sum(refused.values()),
            "accepted again": sum(len(e.accepted) - len(set(e.accepted)) for e in everyone),
            "all delivered after": round(took, 1),
        },
        violations=wrong,
    )


@asynccontextmanager
async def _lenient(arena: Arena) -> AsyncIterator[None]:
    """With a reporting that may send to this machine, and soon gives an attempt up."""
    await _as(arena, _LENIENT)
    try:
        yield
    finally:
        await _as(arena, {})


async def _as(arena: Arena, settings: Mapping[str, str]) -> None:
    member = arena.crew["reporting"]
    await arena.crew.stop(member)
    again = arena.crew.start(member.service, member.role, port=member.port, **settings)
    await arena.ready(again)


async def _made(arena: Arena, stack: AsyncExitStack, name: str, answer: Answer) -> Address:
    there = await stack.enter_async_context(receiver(answer))
    made = await _post(arena, "", {"url": there.url, "note": name})
    feed = await arena.sql("reporting", _FEED, _FORCE)
    return Address(name, there, made["id"], since=len(feed))


async def _sent_and_killed(arena: Arena, well: Address) -> None:
    had, before = len(well.accepted), arena.crew.crashes
    await arena.answered(100)
    await arena.until(
        lambda: len(well.accepted) > had + 10, 30.0, "the one that is well is sent to"
    )
    arena.crew.kill(arena.crew["reporting"])
    await arena.crashed(before)


async def _try_again(arena: Arena, address: Address) -> None:
    # As its force would: it needn't wait until we dare to.
    await _post(arena, f"/{address.id}/disable")
    await _post(arena, f"/{address.id}/enable")


async def _post(arena: Arena, path: str, body: object = None) -> Any:
    who = "force-system", _FORCE, "reporting"
    return await arena.load.sender.post(*who, f"/webhooks{path}", {} if body is None else body)


async def _delivered(arena: Arena, addresses: Sequence[Address]) -> float:
    # What is missing is told by the judge, address by address.
    try:
        return await arena.until(
            lambda: not any(each.missing for each in addresses), _HEAL_SECONDS, "all"
        )
    except TimeoutError:
        return _HEAL_SECONDS


def _judged(address: Address, feed: Sequence[Any]) -> list[str]:
    """What it was not brought, or that is not in the feed, or not in its subject's order."""
    places = {event_id: (position, subject) for event_id, position, subject in feed}
    came = defaultdict(list)
    for event_id in dict.fromkeys(address.accepted):
        position, subject = places.get(event_id, (0, None))
        came[subject].append(position)
    strangers = len(came.pop(None, ()))
    overtaken = [subject for subject, positions in came.items() if positions != sorted(positions)]
    missing, whose = len(address.missing), f"the one that {address.name}"
    said = [f"{whose} lacks {missing} of {len(address.due)} events"] * bool(missing)
    said += [f"{whose} was sent {strangers} events that are not its force's"] * bool(strangers)
    return said + [f"{whose} was sent events of {each} out of order" for each in overtaken[:3]]


ROW = Row(
    "F19",
    "webhook receivers that fail in six ways, and whoever sends to them killed",
    "one force with seven webhooks; steady load",
    "a refused event holds back those of its subject: later ones overtake it",
    [Case("six ways", six_ways, quick=False)],
)
