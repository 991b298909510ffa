"""A service inside the test: on a real PostgreSQL, over HTTP, and on a real Kafka if asked to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, Self

import httpx
from sqlalchemy import text

from chassis.background import Background
from chassis.consumer import Consumer, Received
from chassis.consumer.received import Notified
from chassis.database import EVERY_FORCE, Database
from chassis.http import Runtime, management_app, service_app
from chassis.issuer_keys import IssuerKeys
from chassis.kafka import Record
from chassis.migrate import migrate
from chassis.service import Service
from chassis.settings import Settings
from chassis.testing.bus import Bus, joined
from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer
from chassis.tokens import TokenVerifier
from chassis.work import UnitOfWork
from npp_contracts.catalogue import TOPICS
from npp_contracts.envelope import Envelope


class Kafka(Protocol):
    """A cluster for tests: its address, and topics by name that are empty from here on."""

    @property
    def bootstrap_servers(self) -> str: ...
    def fresh(self, partitions: Mapping[str, int]) -> None: ...


def settings_of(url: str, bootstrap_servers: str) -> Settings:
    """Of a service on this database and this Kafka, with the tests' issuer."""
    return Settings(
        database_url=url,
        kafka_bootstrap_servers=bootstrap_servers,
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks",
    )


class ServiceUnderTest:
    """All of a service but its process; `async with` migrates its database and closes it.

    database: with the rights of a request; system: sees all rows, as consumers and operators do.
    client: speaks HTTP to it; management: to the port beside; issuer: makes the tokens that it
    believes.
    """

    def __init__(self, service: Service, url: str) -> None:
        self.service = service
        self.url = url
        self.database = Database(url)
        self.system = Database(url, scope=EVERY_FORCE)
        self.issuer = Issuer()
        self.work = UnitOfWork(service.name, self.database, lambda: None)
        keys = IssuerKeys(f"{ISSUER}/jwks", self.issuer.client())
        tokens = TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE)
        self.runtime = Runtime(self.database, self.work, tokens)
        self.app = service_app(service)
        self.app.state.runtime = self.runtime
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=f"https://{service.name}.test"
        )
        self.management = httpx.AsyncClient(
            transport=httpx.ASGITransport(management_app(self.runtime)),
            base_url=f"http://management.{service.name}.test",
        )

    async def __aenter__(self) -> Self:
        await migrate(self.system.engine, self.service.migrations)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give back what it holds; for who needs no database and has entered nothing."""
        await self.client.aclose()
        await self.management.aclose()
        await self.database.close()
        await self.system.close()

    async def run(self, sql: str, **values: object) -> None:
        """Do a statement to the rows of every force; `:name` stands for a value."""
        async with self.system.connection() as connection:
            await connection.execute(text(sql), values)

    async def rows(self, sql: str, **values: object) -> Sequence[Any]:
        """What a query finds among them."""
        async with self.system.connection() as connection:
            return (await connection.execute(text(sql), values)).all()

    async def value(self, sql: str, **values: object) -> Any:
        """The first column of the first row that a query finds."""
        async with self.system.connection() as connection:
            return (await connection.execute(text(sql), values)).scalar()

    async def apply(self, consumer: Consumer, *envelopes: Envelope) -> None:
        """A transaction with those that this consumer handles, as the runner would hand them over.

        The runner hands over nothing twice and nothing too early; what comes here is applied.
        """
        received = [
            Received(
                Record("test", 0, 0, 0.0, each.key, each.headers(), each.data),
                each,
                consumer.decode(each),
            )
            for each in envelopes
            if each.type in consumer.types
        ]
        if received:
            async with self.system.session() as session:
                await consumer.apply(self.service.name, session, received)
            if isinstance(consumer, Notified):
                consumer.committed(received)

    @asynccontextmanager
    async def running(self, kafka: Kafka) -> AsyncIterator[Bus]:
        """With its relay and its consumers, on topics that hold nothing yet."""
        kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
        settings = settings_of(self.url, kafka.bootstrap_servers)
        background = Background(self.service, settings, self.system)
        async with joined(kafka.bootstrap_servers) as bus:
            background.start(consume=True, relay=True)
            try:
                yield bus
            finally:
                await background.stop()
