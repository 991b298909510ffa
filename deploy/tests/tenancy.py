"""The tenant commands, on a stack of reporting's database and a guarded broker."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from typer.testing import CliRunner

from chassis.testing.service import ServiceUnderTest
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import TOPICS
from npp_contracts.ids import SANDBOX
from npp_contracts.topics import stream_of
from npp_ops.cli import build
from npp_ops.forces import forces
from npp_ops.servers.kafka import KafkaCluster
from npp_ops.stack import Stack
from npp_ops.tenants import access
from npp_ops.tenants.wire import Login, line
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.app import SERVICE

WHY = ["--because", "a test", "--by", "anna"]
ALL = [force.id for force in forces()]
EVERYBODY = [*ALL, SANDBOX]


async def opens(servers: str, force_id: str, password: str) -> bool:
    login = Login(access.user_of(force_id), password, "SCRAM-SHA-512", tls=False)
    try:
        async with line(servers, login):
            return True
    except KafkaError:
        return False


class Tenants:
    """The commands, on a stack of reporting's database and a guarded broker."""

    def __init__(self, url: str, kafka: KafkaForTests) -> None:
        self.url = url
        self.kafka = kafka

    def run(self, *arguments: str) -> tuple[int, Any]:
        result = CliRunner().invoke(build(), ["tenant", *arguments, "--json"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout) if result.stdout else None

    def created(self, force_id: str) -> str:
        """Its password."""
        code, (told,) = self.run("create", force_id, *WHY)
        assert (code, told["user"]) == (0, f"force.{force_id}")
        servers, password = self.kafka.outside_servers, str(told["password"])
        asyncio.run(eventually(lambda: opens(servers, force_id, password)))
        return password

    def login(self, force_id: str, password: str) -> dict[str, Any]:
        """What a client of that force is given."""
        return {
            "bootstrap_servers": self.kafka.outside_servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": f"force.{force_id}",
            "sasl_plain_password": password,
        }

    def operations(self) -> list[tuple[str, str, str, str]]:
        async def ask() -> list[tuple[str, str, str, str]]:
            world = ServiceUnderTest(SERVICE, self.url)
            sql = "SELECT command, target, actor, facts::text FROM operations ORDER BY id"
            try:
                return [tuple(row) for row in await world.rows(sql)]
            finally:
                await world.close()

        return asyncio.run(ask())

    async def forget(self) -> None:
        async with line(self.kafka.bootstrap_servers) as broker:
            await access.deny(broker, EVERYBODY)
            await access.forget_passwords(broker, EVERYBODY, access.SHA_256, access.SHA_512)


@pytest.fixture(scope="module")
def topics(guarded_kafka: KafkaForTests) -> Iterator[KafkaForTests]:
    names = [stream_of(each) for each in EVERYBODY]
    guarded_kafka.fresh(dict.fromkeys(names, 1))
    guarded_kafka.create({topic.name: topic.partitions for topic in TOPICS.values()})
    yield guarded_kafka
    guarded_kafka.delete(*names)


@pytest.fixture
def tenants(
    tmp_path: Path,
    postgres: PostgresForTests,
    topics: KafkaForTests,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Tenants]:
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    url = postgres.database("tenants")
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: url)
    monkeypatch.setattr(Stack, "own_settings", lambda _stack, _service: {})
    monkeypatch.setattr(Stack, "bootstrap_servers", topics.bootstrap_servers)
    monkeypatch.setattr(KafkaCluster, "outside_servers", topics.outside_servers)
    monkeypatch.setattr(Stack, "cluster", KafkaCluster(tmp_path, tmp_path, tmp_path, []))

    async def migrated() -> None:
        async with ServiceUnderTest(SERVICE, url):
            pass

    asyncio.run(migrated())
    made = Tenants(url, topics)
    yield made
    asyncio.run(made.forget())
