"""Topics of a cluster: created, described, deleted. The one module here that speaks to Kafka."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from npp_contracts.catalogue import TOPICS
from npp_contracts.topics import FORCE_STREAMS, Topic, stream_of
from npp_ops.forces import tenant_ids

FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_DAY_MS = 86_400_000
ALREADY_EXISTS = 36


class TopicState(NamedTuple):
    """A topic as the cluster has it."""

    name: str
    partitions: int
    replicas: int
    leaderless: int


def listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


@asynccontextmanager
async def _admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=20_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def wait_for_brokers(servers: str, count: int, *, seconds: float = 60) -> None:
    """Until so many brokers are members of the cluster; TimeoutError if they never are."""

    async def complete() -> bool:
        if not all(listening(address) for address in servers.split(",")):
            return False
        try:
            async with _admin(servers) as admin:
                return len((await admin.describe_cluster())["brokers"]) >= count
        except KafkaConnectionError:
            return False

    await _until(complete, f"no {count} brokers at {servers}", seconds)


def wanted() -> dict[str, Topic]:
    """By name every topic that the platform needs: the catalogue's, and one for each tenant."""
    return TOPICS | {stream_of(each): FORCE_STREAMS for each in tenant_ids()}


async def create_all(servers: str) -> None:
    """Create what is missing of all that the platform needs."""
    alike: dict[int | None, dict[str, int]] = {}
    for name, topic in wanted().items():
        alike.setdefault(topic.keeps_days, {})[name] = topic.partitions
    for keeps_days, partitions in alike.items():
        await create(servers, partitions, keeps_days)


async def create(
    servers: str, partitions: Mapping[str, int], keeps_days: int | None = None
) -> list[str]:
    """Create what is missing, kept for ever without a number; returns the names that are new."""
    kept = {} if keeps_days is None else {"retention.ms": str(keeps_days * _DAY_MS)}
    async with _admin(servers) as admin:
        brokers = len((await admin.describe_cluster())["brokers"])
        missing = [
            NewTopic(name, count, min(3, brokers), topic_configs=FOR_EVER | kept)
            for name, count in partitions.items()
        ]
        answer = await admin.create_topics(missing)
        made = _refused_except(answer.topic_errors, ALREADY_EXISTS)

    async def led() -> bool:
        ready = {state.name for state in await describe(servers) if not state.leaderless}
        return ready.issuperset(partitions)

    await _until(led, "topics still without leaders", 30)
    return made


def _refused_except(answers: Iterable[Any], tolerated: int) -> list[str]:
    made = []
    for name, code, *message in answers:
        if code == 0:
            made.append(name)
        elif code != tolerated:
            refusal: type[KafkaError] = for_code(code)
            raise refusal(f"{name}: {message}")
    return made


async def _until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Kafka: {what} after {seconds:g} s")
        await asyncio.sleep(0.05)


async def describe(servers: str) -> list[TopicState]:
    async with _admin(servers) as admin:
        found = await admin.describe_topics()
    return sorted(
        TopicState(
            topic["topic"],
            len(topic["partitions"]),
            min((len(part["replicas"]) for part in topic["partitions"]), default=0),
            sum(part["leader"] < 0 for part in topic["partitions"]),
        )
        for topic in found
        if not topic["is_internal"]
    )


async def delete(servers: str, names: Iterable[str]) -> None:
    """Delete topics and wait until they are gone."""
    doomed = set(names)

    async def left() -> set[str]:
        return doomed & {state.name for state in await describe(servers)}

    async def gone() -> bool:
        return not await left()

    async with _admin(servers) as admin:
        await admin.delete_topics(sorted(await left()))
    await _until(gone, "deleted topics still there", 30)
