"""Kafka as the stack runs it: one broker or three, an inside and an outside listener."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext

from npp_ops import topics
from npp_ops.home import Home
from npp_ops.processes import Process, stop_all
from npp_ops.servers import jars
from npp_ops.servers.kafka import KafkaCluster, new_cluster_id, nodes


@pytest.fixture
def running() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    stop_all(processes, patience=10)


def cluster(folder: Path, count: int = 1) -> KafkaCluster:
    return KafkaCluster(folder / "kafka", folder / "logs", Home.shared_cache(), nodes(count))


async def stored(servers: str, topic: str) -> int:
    async with AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        place = TopicPartition(topic, 0)
        return int((await consumer.end_offsets([place]))[place])


async def test_records_and_cluster_survive_a_stop(tmp_path: Path, running: list[Process]) -> None:
    broker = cluster(tmp_path)
    running += broker.launch()
    await topics.wait_for_brokers(broker.bootstrap_servers, 1)
    await topics.create(broker.bootstrap_servers, {"facts": 1})
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers) as producer:
        await producer.send_and_wait("facts", b"one")
    assert stop_all(running) == []
    running += broker.launch()
    await topics.wait_for_brokers(broker.bootstrap_servers, 1)
    assert await topics.create(broker.bootstrap_servers, {"facts": 1}) == []
    assert await stored(broker.bootstrap_servers, "facts") == 1


async def test_outside_listener_wants_a_password_and_no_topic_makes_itself(
    tmp_path: Path, running: list[Process]
) -> None:
    broker = cluster(tmp_path)
    running += broker.launch()
    await topics.wait_for_brokers(broker.bootstrap_servers, 1)
    stranger = AIOKafkaProducer(
        bootstrap_servers=broker.outside_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="stranger",
        sasl_plain_password="guess",  # pragma: allowlist secret
    )
    nameless = AIOKafkaProducer(bootstrap_servers=broker.outside_servers, request_timeout_ms=2000)
    for refused in (stranger, nameless):
        with pytest.raises(KafkaConnectionError):
            await asyncio.wait_for(refused.start(), 30)
        await refused.stop()
    async with AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap_servers, request_timeout_ms=1000
    ) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("undeclared", b"value")
    assert await topics.describe(broker.bootstrap_servers) == []


@pytest.mark.slow
async def test_three_brokers_accept_records_after_one_is_lost(
    tmp_path: Path, running: list[Process]
) -> None:
    three = cluster(tmp_path, 3)
    running += three.launch()
    await topics.wait_for_brokers(three.bootstrap_servers, 3, seconds=90)
    await topics.create(three.bootstrap_servers, {"facts": 1})
    state = (await topics.describe(three.bootstrap_servers))[0]
    assert (state.name, state.replicas) == ("facts", 3)
    async with AIOKafkaProducer(
        bootstrap_servers=three.bootstrap_servers, acks="all", enable_idempotence=True
    ) as producer:
        await producer.send_and_wait("facts", b"one")
        running[0].stop(patience=0)
        await asyncio.wait_for(producer.send_and_wait("facts", b"two"), 60)
    survivors = ",".join(three.bootstrap_servers.split(",")[1:])
    assert await stored(survivors, "facts") == 2


def test_lock_names_each_jar_with_a_checksum_and_no_address() -> None:
    locked = LockFile.load(jars.LOCK).dependencies
    pinned = {f"{one.groupId}:{one.artifactId}:{one.version}" for one in locked}
    assert pinned.issuperset(coordinate.rstrip("!") for coordinate in jars.COORDINATES)
    assert all(one.sha256 and len(one.sha256) == 64 for one in locked)
    assert "://" not in jars.LOCK.read_text()


def test_jar_with_another_checksum_is_refused_and_not_kept(tmp_path: Path) -> None:
    maven = MavenContext(repo_cache=tmp_path, timeout=60)
    wrong = LockedDependency("org.jspecify", "jspecify", "1.0.0", sha256="0" * 64)
    with pytest.raises(jars.JarMismatch, match="jspecify"):
        jars._fetch(maven, wrong)
    assert list(tmp_path.rglob("*.jar")) == []


def test_a_cluster_id_never_looks_like_an_option() -> None:
    # One in 64 would, and then storage could not be formatted.
    assert not any(new_cluster_id().startswith("-") for _ in range(2_000))
