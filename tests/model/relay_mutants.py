"""Relays and publishers with one protection taken away each."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from chassis.kafka import KafkaError, Place, Publisher
from chassis.queue import Queue, Rows
from chassis.relay import Relay
from chassis.watermark import Watermark
from npp_contracts.envelope import Envelope

from .mutant import Mutant
from .outbox import Session
from .run import OUTBOUND

Events = Sequence[tuple[str, Envelope]]

_relay = Relay._relay
_balance = Relay._balance
_reading_ahead = Relay._reading_ahead
_unblocked = Relay._unblocked
_publish = Publisher.publish


class _Eager:
    """A queue whose rows are gone as soon as they are read."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def read(self, *which: Any) -> Rows:
        rows = await self._queue.read(*which)
        if rows:
            await self._queue.remove([row["ticket"] for row in rows])
        return rows

    async def remove(self, _: Sequence[int]) -> None: ...


async def _removes_first(self: Any, queue: Any) -> None:
    await _relay(self, _Eager(queue))


def _ignores_open_transactions(self: Watermark, _: int) -> None:
    while self.marks:
        self.settled = max(self.settled, self.marks.popleft()[1])


async def _keeps_its_walk(self: Any, queue: Queue) -> None:
    watermark = self._watermark
    await _balance(self, queue)
    self._watermark = watermark


def _passes_refused_events(_: Any) -> set[int]:
    return set()


async def _owns_what_it_wants(_: Any, shard: int) -> bool:
    return shard >= 0


async def _keeps_shards_over_sessions(self: Any) -> None:
    async with self._queues.session() as queue:
        try:
            await self._publisher.start()
            await self._relay(queue)
        finally:
            await self._publisher.stop()


def _reads_ahead_of_open_transactions(self: Any, queue: Queue, rows: Rows) -> Any:
    settled, self._watermark.settled = self._watermark.settled, 10**9
    try:
        return _reading_ahead(self, queue, rows)
    finally:
        self._watermark.settled = settled


def _asks_the_clock_again(self: Any, rows: Rows) -> Rows:
    present = asyncio.get_running_loop().time()
    self._waiting = {name for name, key in self._blocked.items() if key.until > present}
    return _unblocked(self, rows)


async def _takes_refused_for_sent(self: Any, events: Events) -> dict[int, KafkaError]:
    await _publish(self, events)
    return {}


async def _does_not_await_acknowledgement(
    self: Any, place: Place, indexes: list[int], events: Events
) -> list[int]:
    groups = [indexes[n : n + 2] for n in range(0, len(indexes), 2)]
    sending = [asyncio.ensure_future(self._send(place, group, events)) for group in groups]
    answers = await asyncio.gather(*sending)
    refused = [isinstance(answer, KafkaError) for answer in answers]
    return [index for group, bad in zip(groups, refused, strict=True) if bad for index in group]


async def _goes_on_behind_a_refused_one(
    self: Any, unsent: dict[Place, list[int]], events: Events
) -> dict[int, KafkaError]:
    failed = {}
    for place, indexes in unsent.items():
        for index in indexes:
            await self._restart()
            sent = await self._send(place, [index], events)
            if isinstance(sent, KafkaError):
                failed[index] = sent
    return failed


def _mutant(flaw: str, where: Any, name: str, wrong: Any) -> Mutant:
    return Mutant(flaw, OUTBOUND, [(where, name, wrong)])


RELAYS: Final = (
    _mutant("rows are removed before they are sent", Relay, "_relay", _removes_first),
    _mutant("open transactions are ignored", Watermark, "observe", _ignores_open_transactions),
    _mutant("the walk goes on with a new shard", Relay, "_balance", _keeps_its_walk),
    _mutant("refused events are passed for good", Relay, "_all", _passes_refused_events),
    _mutant("a shard has two owners", Session, "take", _owns_what_it_wants),
    _mutant("shards outlive their session", Relay, "_session", _keeps_shards_over_sessions),
    _mutant(
        "reading ahead ignores open transactions",
        Relay,
        "_reading_ahead",
        _reads_ahead_of_open_transactions,
    ),
    _mutant("a wait may end while reading", Relay, "_unblocked", _asks_the_clock_again),
    _mutant("a refused event counts as sent", Publisher, "publish", _takes_refused_for_sent),
    _mutant(
        "the next batch leaves before the acknowledgement",
        Publisher,
        "_send_all",
        _does_not_await_acknowledgement,
    ),
    _mutant(
        "later events of a refused key are sent",
        Publisher,
        "_one_by_one",
        _goes_on_behind_a_refused_one,
    ),
)
