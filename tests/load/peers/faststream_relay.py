"""C1: faststream-outbox relaying to Kafka."""

# From its documents (faststream-outbox.modern-python.org; release 0.19):
# - concepts/performance: `terminal_flush_batch_size` above 1 for high throughput and idempotent
#   handlers, `max_workers` and `fetch_batch_size` for more parallel capacity, its own settings for
#   autovacuum; its own benchmark has 100 for both batch sizes.
# - usage/relay: a handler under a publisher's decorator; `connect` the foreign broker first.
# - introduction/how-it-works: strict order per aggregate takes a single worker. So it is measured
#   with many workers, as advised for throughput, and with one, which promises what ours promises.
# - usage/subscriber, connection budget: a pool of workers + 1.
# Kafka's side is ours to choose: acknowledgements, idempotence and batch size as everybody has.
# Its log line for each message is off, as in every measured process.

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from faststream.kafka import KafkaBroker, KafkaResponse
from faststream_outbox import OutboxBroker, make_outbox_table, outbox_autovacuum_ddl
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from npp_contracts.topics import PORTFOLIOS
from tests.load.member import Member
from tests.load.records import chunks, outgoing, row
from tests.load.specimen import bare_folders

from .message import wire

QUEUE: Final = "portfolios"
TABLE: Final = "faststream_outbox"
_BATCH: Final = 100
_TRANSACTION: Final = 500


def engine(url: str, size: int) -> AsyncEngine:
    """As their quick start makes it, with room for the connections that they ask for."""
    address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    scoped = {"server_settings": {"npp.force": "*"}}
    return create_async_engine(address, pool_size=size, max_overflow=0, connect_args=scoped)


async def fill(url: str, count: int) -> None:
    """Queue so many through their own interface, with the domain rows, some in a transaction."""
    made, metadata = engine(url, 1), MetaData()
    outbox = OutboxBroker(made, outbox_table=make_outbox_table(metadata, TABLE), logger=None)
    async with made.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        await connection.execute(text(outbox_autovacuum_ddl(TABLE)))
    sessions = async_sessionmaker(made, expire_on_commit=False)
    for chunk in chunks(outgoing(count), _TRANSACTION):
        async with sessions() as session, session.begin():
            domain = [row(UUID(event.key)) for event in chunk if event.sequence == 1]
            if domain:
                await session.execute(insert(bare_folders), domain)
            for event in chunk:
                sent = wire(event)
                await outbox.publish(sent.body, queue=QUEUE, session=session, headers=sent.headers)
    async with made.begin() as connection:
        await connection.execute(text(f"ANALYZE {TABLE}"))
    await made.dispose()


async def faststream_relay(member: Member, kafka: str, url: str, workers: int) -> None:
    """Relay what is queued until told that all is."""

    def record(event: str, tags: Mapping[str, Any]) -> None:
        if event == "acked":
            member.begin()
            member.progress()

    made = engine(url, workers + 2)
    outbox = OutboxBroker(
        made,
        outbox_table=make_outbox_table(MetaData(), TABLE),
        metrics_recorder=record,
        logger=None,
    )
    broker = KafkaBroker(
        kafka, acks="all", enable_idempotence=True, max_batch_size=512 * 1024, logger=None
    )
    publisher = broker.publisher(PORTFOLIOS.name)

    @publisher
    @outbox.subscriber(
        QUEUE, max_workers=workers, fetch_batch_size=_BATCH, terminal_flush_batch_size=_BATCH
    )
    async def relay(message: OutboxMessage) -> KafkaResponse:
        headers = message.headers
        return KafkaResponse(message.body, headers=headers, key=headers["ce_subject"].encode())

    await broker.connect()
    member.ready()
    await member.going.wait()
    member.begin()
    await outbox.start()
    await member.stopping.wait()
    await outbox.stop()
    await broker.stop()
    await made.dispose()
