"""Inside the Kafka client: where it would end in silence, it goes on or is seen to have ended."""

import asyncio
import math
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, conn
from aiokafka.errors import KafkaConnectionError


class _Connection(conn.AIOKafkaConnection):  # type: ignore[misc]
    def send(self, request: Any, expect_response: bool = True) -> Any:
        try:
            return super().send(request, expect_response)
        except RuntimeError as closed:
            # What uvloop says of a transport that was reset a moment ago, while asyncio would say
            # nothing. The client expects neither: whichever of its loops had written ends, and the
            # group or the producer stands still in silence (aio-libs/aiokafka#1038).
            self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"connection to {self.host}:{self.port} broken") from closed


def outlive_resets() -> None:
    """Have every client of this process look for a new connection where one breaks."""
    conn.AIOKafkaConnection = _Connection


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """Keeps a batch until Kafka has answered, however long that takes.

    The client itself gives it up when its partition has had no leader for a while. Kafka may have
    written it all the same; sent again by a new producer, it would be there twice.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._message_accumulator._batch_ttl = math.inf  # noqa: SLF001


def loops(consumer: AIOKafkaConsumer) -> "list[asyncio.Task[None]]":
    """What a consumer runs from its start to its stop: metadata, fetching, the group."""
    client, fetcher, group = consumer._client, consumer._fetcher, consumer._coordinator  # noqa: SLF001
    return [client._sync_task, fetcher._fetch_task, group._coordination_task]  # noqa: SLF001
