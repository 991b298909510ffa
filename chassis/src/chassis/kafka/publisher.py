"""Publishing in order: one batch per partition on its way, and no overtaking after a failure."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.faults import point
from chassis.kafka.client import Producer
from chassis.kafka.placing import partition_of
from chassis.kafka.record import Place

# Kafka answers in milliseconds, a join when the group's last member has come or 10 s are over.
# A connection that is silent for longer is dead, and TCP alone would keep it for a quarter of an
# hour.
ANSWER_MS: Final = 20_000
# Room for a whole partition's share of a relay round in one request.
_BATCH_BYTES: Final = 512 * 1024
# What is on its way when the producer is told to stop: Kafka takes it in milliseconds or is away.
_STOP_SECONDS: Final = 2.0


class Sendable(Protocol):
    """What a record is made of: an envelope has it, and so has a row of the event log.

    subject: the key. milliseconds: since the epoch, when it was recorded.
    """

    @property
    def subject(self) -> str: ...
    @property
    def milliseconds(self) -> int: ...
    @property
    def data(self) -> bytes: ...
    def headers(self) -> list[tuple[str, bytes]]: ...


class Publisher:
    """An idempotent producer that keeps the order of every partition, also across failures.

    At most one batch per partition is on its way; the next one leaves after the acknowledgement.
    So a failed batch can never be overtaken by a later record of the same key. by_partition: a
    refused event holds back all that follow in its partition, not those of its key alone.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        client_id: str,
        producer: Callable[..., AIOKafkaProducer] = Producer,
        *,
        by_partition: bool = False,
    ) -> None:
        self._servers = bootstrap_servers
        self._client_id = client_id
        self._make = producer
        self._by_partition = by_partition
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        self._producer = self._make(
            bootstrap_servers=self._servers,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            max_batch_size=_BATCH_BYTES,
            max_request_size=2 * _BATCH_BYTES,
            request_timeout_ms=ANSWER_MS,
        )
        await self._producer.start()

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await producer.stop()

    async def topics(self) -> set[str]:
        """The topics that there are now."""
        found: set[str] = (await self._running.client.fetch_all_metadata()).topics()
        return found

    async def publish(self, events: Sequence[tuple[str, Sendable]]) -> dict[int, KafkaError]:
        """Send (topic, event) pairs in order and wait for every acknowledgement.

        Returns the positions in `events` that the broker refused, with its reason; later events
        of a refused key are refused too, unsent. Waits without end while the broker is away.
        """
        places: dict[Place, list[int]] = defaultdict(list)
        counts = {t: len(await self._running.partitions_for(t)) for t in {t for t, _ in events}}
        for index, (topic, event) in enumerate(events):
            places[topic, partition_of(event.subject, counts[topic])].append(index)
        left = await asyncio.gather(
            *(self._send_all(place, indexes, events) for place, indexes in places.items())
        )
        unsent = {place: rest for place, rest in zip(places, left, strict=True) if rest}
        return await self._one_by_one(unsent, events) if unsent else {}

    async def _send_all(
        self, place: Place, indexes: list[int], events: Sequence[tuple[str, Sendable]]
    ) -> list[int]:
        while indexes:
            sent = await self._send(place, indexes, events)
            if isinstance(sent, KafkaError):
                return indexes
            indexes = indexes[sent:]
        return []

    async def _send(
        self, place: Place, indexes: list[int], events: Sequence[tuple[str, Sendable]]
    ) -> int | KafkaError:
        batch = self._running.create_batch()
        for index in indexes:
            event = events[index][1]
            added = batch.append(
                timestamp=event.milliseconds,
                key=event.subject.encode(),
                value=event.data,
                headers=event.headers(),
            )
            if added is None:
                break
        count: int = batch.record_count()
        try:
            sending = await self._running.send_batch(batch, place[0], partition=place[1])
            await point("relay.mid-send")
            await sending
        except KafkaError as refused:
            return refused
        return count

    async def _one_by_one(
        self, unsent: dict[Place, list[int]], events: Sequence[tuple[str, Sendable]]
    ) -> dict[int, KafkaError]:
        failed: dict[int, KafkaError] = {}
        blocked: dict[str | Place, KafkaError] = {}
        await self._restart()
        for place, indexes in unsent.items():
            for index in indexes:
                key = place if self._by_partition else events[index][1].subject
                if key not in blocked:
                    sent = await self._send(place, [index], events)
                    if isinstance(sent, KafkaError):
                        blocked[key] = sent
                        await self._restart()
                if key in blocked:
                    failed[index] = blocked[key]
        return failed

    async def _restart(self) -> None:
        # A refused batch leaves a hole in the producer's sequence numbers: only a new
        # producer id lets the records behind it pass.
        await self.stop()
        await self.start()

    @property
    def _running(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise RuntimeError("publisher is not started")
        return self._producer
