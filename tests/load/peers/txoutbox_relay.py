"""C2: txoutbox relaying to Kafka."""

# From its README (github.com/OsmnvAslan/txoutbox, release 0.2.2):
# - Kafka in three lines: `send_and_wait` of one message is the publisher.
# - Configuration: a round is `batch_size` rows, `concurrency` groups of a key at once; a lease must
#   exceed ceil(batch_size / concurrency) * publish_timeout. 1,000 rows by 100 groups is 50 of 60 s,
#   and a claim, which strict order makes one at a time, is paid once for 1,000 rows.
# - Delivery semantics: strict order (the default) stays on, as keys are used.
# - `delete_on_ack` removes delivered rows, as ours does, rather than mark them.
# Kafka's side is ours to choose: acknowledgements, idempotence and batch size as everybody has.

import asyncio
from typing import Final, TypeAlias, cast
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from txoutbox import Hooks, OutboxMessage, Relay, RelayConfig
from txoutbox.adapters.postgres import PostgresStorage
from txoutbox.protocols import RoundResultLike

from tests.load.member import Member
from tests.load.records import chunks, outgoing, row

from .message import wire

TABLE: Final = "txoutbox"
_CONFIG: Final = RelayConfig(batch_size=1000, concurrency=100)


# What a pool hands out is one in all but name.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_TRANSACTION: Final = 500
_DOMAIN: Final = "INSERT INTO bare_folders VALUES ($1, $2, $3, $4, $5)"


class _Told(Hooks):
    def __init__(self, member: Member) -> None:
        self._member = member

    async def on_round(self, result: RoundResultLike, duration: float) -> None:
        if result.published:
            self._member.progress(result.published)
            # The next round's claim follows at once.
            self._member.begin()


def storage(pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresStorage:
    """Their table beside ours."""
    return PostgresStorage(pool, table=TABLE, delete_on_ack=True)


async def fill(url: str, count: int) -> None:
    """Queue so many through their own interface, with the domain rows, some in a transaction."""
    scoped = {"npp.force": "*"}
    async with asyncpg.create_pool(url, min_size=1, max_size=2, server_settings=scoped) as pool:
        outbox = storage(pool)
        await pool.execute(f"DROP TABLE IF EXISTS {TABLE}")
        await outbox.create_schema()
        for chunk in chunks(outgoing(count), _TRANSACTION):
            async with pool.acquire() as pooled, pooled.transaction():
                connection = cast(Connection, pooled)
                for event in chunk:
                    if event.sequence == 1:
                        await connection.execute(_DOMAIN, *row(UUID(event.key)).values())
                    sent = wire(event)
                    await outbox.insert(
                        connection, sent.topic, sent.body, key=sent.key, headers=sent.headers
                    )
        await pool.execute(f"ANALYZE {TABLE}")


async def txoutbox_relay(member: Member, kafka: str, url: str) -> None:
    """Relay what is queued until told that all is."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, max_batch_size=512 * 1024
    )
    await producer.start()

    async def publish(message: OutboxMessage) -> None:
        await producer.send_and_wait(
            message.topic,
            message.payload,
            key=message.key.encode() if message.key else None,
            headers=[(name, value.encode()) for name, value in message.headers.items()],
        )

    async with asyncpg.create_pool(url) as pool:
        relay = Relay(storage(pool), publish, config=_CONFIG, hooks=_Told(member))
        member.ready()
        await member.going.wait()
        member.begin()
        running = asyncio.create_task(relay.run())
        await member.stopping.wait()
        relay.stop()
        await running
    await producer.stop()
