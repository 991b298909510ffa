"""Subscribing safely: FastStream runs the consumer groups, nothing is committed behind our back."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.middlewares import AckPolicy

from chassis.kafka.client import loops
from chassis.kafka.names import read_any
from chassis.kafka.publisher import ANSWER_MS
from chassis.kafka.record import Batch, Place, Record

# About 3,000 records of a partition at once; the client's own limit is a third of that.
_FETCH_BYTES: Final = 2 * 1024 * 1024
# How long an idle subscriber waits; bounds both latency after an idle moment and idle CPU.
_POLL_MS: Final = 50


class Source(Protocol):
    """What a runner may do with the consumer under its subscription."""

    def seek(self, place: Place, offset: int) -> None: ...
    def pause(self, places: Iterable[Place]) -> None: ...
    def resume(self, places: Iterable[Place]) -> None: ...
    def assigned(self) -> set[Place]: ...
    async def ends(self, places: Sequence[Place]) -> dict[Place, int]: ...
    async def commit(self, offsets: dict[Place, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group, its topics, and who takes its batches and assignments.

    records: how many on_batch takes at most; a group that is leaving waits for it.
    """

    group: str
    topics: Sequence[str]
    on_batch: Callable[[Source, Batch], Coroutine[Any, Any, None]]
    on_assigned: Callable[[Source, set[Place]], Coroutine[Any, Any, None]]
    on_revoked: Callable[[Source, set[Place]], Coroutine[Any, Any, None]]
    records: int = 2000


class _Source:
    def __init__(self) -> None:
        self.consumer: AIOKafkaConsumer | None = None

    def seek(self, place: Place, offset: int) -> None:
        if self.consumer is not None and place in self.assigned():
            self.consumer.seek(TopicPartition(*place), offset)

    def pause(self, places: Iterable[Place]) -> None:
        if self.consumer is not None and (mine := self._mine(places)):
            self.consumer.pause(*mine)

    def resume(self, places: Iterable[Place]) -> None:
        if self.consumer is not None and (mine := self._mine(places)):
            self.consumer.resume(*mine)

    def assigned(self) -> set[Place]:
        if self.consumer is None:
            return set()
        return {(each.topic, each.partition) for each in self.consumer.assignment()}

    async def ends(self, places: Sequence[Place]) -> dict[Place, int]:
        if self.consumer is None or not (mine := self._mine(places)):
            return {}
        ends = await self.consumer.end_offsets(mine)
        return {(each.topic, each.partition): offset for each, offset in ends.items()}

    async def commit(self, offsets: dict[Place, int]) -> None:
        held = {p: o for p, o in offsets.items() if p in self.assigned()}
        if self.consumer is not None and held:
            await self.consumer.commit({TopicPartition(*p): o for p, o in held.items()})

    def _mine(self, places: Iterable[Place]) -> list[TopicPartition]:
        held = self.assigned()
        return [TopicPartition(*place) for place in places if place in held]


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, source: _Source, subscription: Subscription, find: Callable[[], Any]):
        self._source = source
        self._subscription = subscription
        self._find = find

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._source.consumer = self._find()
        for place in _places(assigned):
            # Else the client would ask the group for its offset, which we have no use for, and
            # read nothing of any partition until it is told: for ever, if that answer is lost.
            self._source.pause([place])
            self._source.seek(place, 0)
        await self._subscription.on_assigned(self._source, _places(assigned))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._subscription.on_revoked(self._source, _places(revoked))


class _Broker(KafkaBroker):
    async def start(self) -> None:
        # FastStream starts one when the one before has joined its group, and joining waits for
        # the next heartbeat of the group's other members: up to three seconds, for each group.
        await self.connect()
        async with asyncio.TaskGroup() as joining:
            for subscriber in self.subscribers:
                joining.create_task(subscriber.start())
        self.running = True


def subscriptions(
    bootstrap_servers: str, client_id: str, subscribed: Iterable[Subscription]
) -> KafkaBroker:
    """A FastStream broker with one batch subscriber per consumer group; start() and stop() it.

    start() raises an exception group of what kept subscribers from starting.
    """
    read_any()
    broker = _Broker(
        bootstrap_servers.split(","),  # a text is one address to FastStream
        client_id=client_id,
        request_timeout_ms=ANSWER_MS,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=20.0,
        logger=None,
    )
    for subscription in subscribed:
        _subscribe(broker, subscription)
    return broker


def whole(broker: KafkaBroker) -> bool:
    """Whether no client of a started broker has lost one of its loops: it never gets it back.

    Its group would stand still, and nothing else would say so.
    """
    groups = [one for one in broker.subscribers if isinstance(one, BatchSubscriber)]
    return not any(
        loop.done() for one in groups if one.consumer is not None for loop in loops(one.consumer)
    )


def _subscribe(broker: KafkaBroker, subscription: Subscription) -> None:
    source = _Source()

    async def take(body: list[Record]) -> None:
        # FastStream keeps the message in the task's context. Whatever lives on and was made there
        # has a copy: a database connection would hold the batch in which it was opened for good.
        handling = subscription.on_batch(source, _by_place(body))
        await asyncio.create_task(handling, context=Context())

    subscriber = broker.subscriber(
        *subscription.topics,
        batch=True,
        group_id=subscription.group,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        max_records=subscription.records,
        max_partition_fetch_bytes=_FETCH_BYTES,
        batch_timeout_ms=_POLL_MS,
        fetch_max_wait_ms=100,
        listener=_Listener(source, subscription, lambda: subscriber.consumer),
        parser=_undecoded,
        decoder=_body,
        no_reply=True,
    )
    subscriber(take)


async def _undecoded(records: tuple[Record, ...]) -> KafkaMessage:
    # FastStream's own parser skips and commits a record whose header is null or not UTF-8.
    return KafkaMessage(raw_message=records, body=list(records), consumer=_NO_COMMITS)


async def _body(message: KafkaMessage) -> list[Record]:
    return message.body  # type: ignore[return-value]


class _NoCommits:
    async def commit(self) -> None: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...


_NO_COMMITS = _NoCommits()


def _places(partitions: Iterable[TopicPartition]) -> set[Place]:
    return {(each.topic, each.partition) for each in partitions}


def _by_place(records: list[Record]) -> Batch:
    batch: Batch = defaultdict(list)
    # The client hands them over partition by partition.
    for place, run in groupby(records, attrgetter("topic", "partition")):
        batch[place] += run
    return batch
