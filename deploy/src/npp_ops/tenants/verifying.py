"""What each tenant may and may not do, by doing it: as its own user, on the forces' listener."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiokafka.errors import SaslAuthenticationFailed
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest

from npp_contracts.catalogue import TOPICS
from npp_contracts.ids import SANDBOX
from npp_contracts.topics import stream_of
from npp_ops.forces import forces
from npp_ops.tenants import access
from npp_ops.tenants.access import (
    MECHANISMS,
    SHA_256,
    Quotas,
    group_prefix_of,
    new_password,
    user_of,
)
from npp_ops.tenants.wire import Line, Login, line

_NONE, _OUT_OF_RANGE, _TOPIC_DENIED, _GROUP_DENIED = 0, 1, 29, 30
# Not now, of a group that may be used: rights come first.
_COORDINATOR_COMES: Final = (14, 15)
_INTERNAL: Final = (*TOPICS, "__consumer_offsets")
_SIDE_BY_SIDE: Final = 8
# A new password is known to a broker a moment after the controller has taken it.
_LOGIN_SECONDS: Final = 10.0
_LARGEST: Final = 65536

Answer = tuple[str, str, str]
"""What was tried, on what, and how it ended: `allowed`, `denied` or Kafka's error."""


@dataclass(slots=True)
class Verdict:
    """One tenant. wrong: whatever did not end as it must."""

    force: str
    allowed: int = 0
    denied: int = 0
    wrong: list[Answer] = field(default_factory=list)
    others: int = 0
    """Other things than reading forces' topics that were denied, as they must be."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where forces reach the brokers."""

    servers: str
    tls: bool


@asynccontextmanager
async def temporary_passwords(
    inside: Line, force_ids: Sequence[str]
) -> AsyncIterator[dict[str, str]]:
    """A second password for the same users, by the mechanism that we never hand out.

    Whoever has one is the force to the brokers, in each respect; what the force itself was given
    is neither known nor changed. Nobody but this process ever holds it.
    """
    passwords = {each: new_password() for each in force_ids}
    await access.set_passwords(inside, passwords, SHA_256)
    try:
        yield passwords
    finally:
        await access.forget_passwords(inside, force_ids, SHA_256)


async def verify(outside: Outside, passwords: Mapping[str, str]) -> list[Verdict]:
    """Each of these tenants against its own topic, all others', ours, others' groups, writing."""
    room = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(force_id: str, password: str) -> Verdict:
        async with room:
            return await _verified(outside, force_id, password)

    tried = (one(*each) for each in passwords.items())
    return list(await asyncio.gather(*tried))


def expect_limits(verdicts: Sequence[Verdict], limits: Mapping[str, Quotas]) -> None:
    """Find wrong that a tenant may read as fast as it likes. limits: by user, at the brokers."""
    for each in verdicts:
        if user_of(each.force) not in limits:
            each.wrong.append(("quota", user_of(each.force), "none"))


async def _verified(outside: Outside, force_id: str, password: str) -> Verdict:
    login = Login(user_of(force_id), password, MECHANISMS[SHA_256], outside.tls)
    verdict = Verdict(force_id)
    async with _logged_in(outside.servers, login) as broker:
        await _read_own(verdict, broker, login)
        for topic, code in await _read(broker, [stream_of(each) for each in _others(force_id)]):
            _judge(verdict, "read", topic, code, "denied")
        for topic, code in await _read(broker, [*_INTERNAL, *_sandbox_of_others(force_id)]):
            _judge(verdict, "read", topic, code, "denied", other=True)
        for topic, code in await _write(broker, force_id):
            _judge(verdict, "write", topic, code, "denied", other=True)
        own, *groups = await _find_groups(broker, force_id)
        _judge(verdict, "group", own[0], own[1], "allowed", other=True)
        for name, code in groups:
            _judge(verdict, "group", name, code, "denied", other=True)
        for name in await _in_sight(broker) - {stream_of(force_id)}:
            verdict.wrong.append(("see", name, "allowed"))
    return verdict


@asynccontextmanager
async def _logged_in(servers: str, login: Login) -> AsyncIterator[Line]:
    async with AsyncExitStack() as kept:
        yield await _patiently(kept, servers.partition(",")[0], login)


async def _patiently(kept: AsyncExitStack, address: str, login: Login) -> Line:
    until = asyncio.get_running_loop().time() + _LOGIN_SECONDS
    while True:
        try:
            return await kept.enter_async_context(line(address, login))
        except SaslAuthenticationFailed:
            if asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(0.1)


async def _read_own(verdict: Verdict, broker: Line, login: Login) -> None:
    """A fetch from whoever leads the topic, from its first record that is still kept."""
    topic = stream_of(verdict.force)
    leader = await _leader(broker, topic)
    if isinstance(leader, int):
        _judge(verdict, "read", topic, leader, "allowed")
        return
    async with line(leader, login) as leading:
        ((_, code, start),) = await _fetch(leading, [(topic, 0)])
        if code == _OUT_OF_RANGE:
            ((_, code, _),) = await _fetch(leading, [(topic, start)])
    _judge(verdict, "read", topic, code, "allowed")


async def _leader(broker: Line, topic: str) -> str | int:
    """The address of its leader, or the error that we get for asking."""
    answer = (await broker.ask(MetadataRequest([topic], False))).to_object()
    (found,) = answer["topics"]
    if found["error_code"]:
        return int(found["error_code"])
    leader = found["partitions"][0]["leader"]
    (at,) = [each for each in answer["brokers"] if each["node_id"] == leader]
    return f"{at['host']}:{at['port']}"


async def _read(broker: Line, topics: Sequence[str]) -> list[tuple[str, int]]:
    found = await _fetch(broker, [(each, 0) for each in topics])
    return [(topic, code) for topic, code, _ in found]


async def _fetch(broker: Line, wanted: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """By topic the error of a fetch of its first partition, and where it begins."""
    topics = [(topic, [(0, offset, _LARGEST)]) for topic, offset in wanted]
    answer = await broker.ask(FetchRequest(0, 0, _LARGEST, 0, topics))
    return [(topic, part[1], part[4]) for topic, parts in answer.topics for part in parts]


async def _write(broker: Line, force_id: str) -> list[tuple[str, int]]:
    """Try to write to its own topic, another's and ours; without a record, so that nothing can be.

    Rights come first: who may write is told that there is nothing to write, who may not is denied.
    """
    topics = (stream_of(force_id), stream_of(next(_others(force_id))), *TOPICS)
    asked = ProduceRequest(None, -1, 5_000, [(each, [(0, b"")]) for each in topics])
    answer = await broker.ask(asked)
    return [(topic, part[1]) for topic, parts in answer.topics for part in parts]


async def _find_groups(broker: Line, force_id: str) -> list[tuple[str, int]]:
    """Its own group, then groups of others: to see one is the least that any use of it needs."""
    others = (f"{group_prefix_of(each)}verify" for each in _others(force_id))
    names = (f"{group_prefix_of(force_id)}verify", *others, "reporting.feeds")
    answers = [(each, await broker.ask(FindCoordinatorRequest(each, 0))) for each in names]
    return [(each, answer.error_code) for each, answer in answers]


async def _in_sight(broker: Line) -> set[str]:
    answer = (await broker.ask(MetadataRequest(None, False))).to_object()
    return {each["topic"] for each in answer["topics"]}


def _judge(
    verdict: Verdict, what: str, on: str, code: int, wanted: str, *, other: bool = False
) -> None:
    ended = _ended(code)
    if ended != wanted:
        verdict.wrong.append((what, on, ended))
    elif other:
        verdict.others += wanted == "denied"
    elif wanted == "allowed":
        verdict.allowed += 1
    else:
        verdict.denied += 1


def _ended(code: int) -> str:
    if code in (_TOPIC_DENIED, _GROUP_DENIED):
        return "denied"
    return "allowed" if code in (_NONE, *_COORDINATOR_COMES) else f"error {code}"


def _sandbox_of_others(force_id: str) -> list[str]:
    return [] if force_id == SANDBOX else [stream_of(SANDBOX)]


def _others(force_id: str) -> Iterator[str]:
    return (force.id for force in forces() if force.id != force_id)
