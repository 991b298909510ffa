"""npp tenant as somebody types it: given, tried as the force itself, renewed, ended, refused."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from aiokafka.protocol.fetch import FetchRequest
from typer.testing import CliRunner

from chassis.testing.service import ServiceUnderTest
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import TOPICS
from npp_contracts.ids import SANDBOX
from npp_contracts.topics import LEARNERS, stream_of
from npp_ops.cli import build
from npp_ops.forces import forces
from npp_ops.servers.kafka import KafkaCluster
from npp_ops.stack import Stack
from npp_ops.tenants import access
from npp_ops.tenants.errors import (
    FolderNeeded,
    ForceUnknown,
    OneChoice,
    TenantExists,
    TenantRevoked,
    TenantUnknown,
    TopicHoldsRecords,
)
from npp_ops.tenants.wire import AlterQuotas, Login, line
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


def test_all_43_read_their_own_and_1806_others_are_denied(tenants: Tenants, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    code, told = tenants.run("create", "--all", "--to", str(folder), *WHY)
    assert (code, len(told)) == (0, 43)
    code, found = tenants.run("verify", "--all")
    assert (code, found["wrong"]) == (0, [])
    assert (found["tenants"], found["allowed"], found["denied"]) == (43, 43, 1_806)
    # Our own topics and the sandbox's, writing anywhere, others' groups.
    assert found["others_denied"] == 43 * (10 + 10 + 43)
    assert found["sandbox"] is None
    for each in told:
        assert set(each) == {"force", "user", "file"}
        file = Path(each["file"])
        assert file.stat().st_mode & 0o777 == 0o600
        assert f'username="force.{each["force"]}" password=' in file.read_text()
    assert folder.stat().st_mode & 0o777 == 0o700

    async def left() -> set[int]:
        async with line(tenants.kafka.bootstrap_servers) as broker:
            return set().union(*(await access.users(broker)).values())

    assert asyncio.run(left()) == {access.SHA_512}


def test_a_force_reads_its_topic_in_its_group_and_nothing_else(tenants: Tenants) -> None:
    login = tenants.login("kent", tenants.created("kent"))

    async def tried() -> None:
        own = stream_of("kent")
        async with AIOKafkaProducer(bootstrap_servers=tenants.kafka.bootstrap_servers) as ours:
            await ours.send_and_wait(own, b"told", key=b"somebody")
        settings = {**login, "auto_offset_reset": "earliest"}
        async with AIOKafkaConsumer(own, group_id="force.kent.reader", **settings) as reader:
            assert (await asyncio.wait_for(reader.getone(), 20)).value == b"told"
            await reader.commit()
            assert await reader.topics() == {own}
        for topic in (stream_of("essex"), LEARNERS.name):
            reader = AIOKafkaConsumer(topic, **login)
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(reader.start(), 20)
            await reader.stop()
        for group in ("force.essex.reader", "force.kent", "reporting.feeds"):
            reader = AIOKafkaConsumer(own, group_id=group, **login)
            with pytest.raises(GroupAuthorizationFailedError):
                await asyncio.wait_for(reader.start(), 20)
            await reader.stop()
        async with AIOKafkaProducer(**login) as writer:
            with pytest.raises(TopicAuthorizationFailedError):
                await writer.send_and_wait(own, b"forged")

    asyncio.run(tried())


def test_the_sandbox_is_a_tenant_beside_the_43_and_none_of_them(tenants: Tenants) -> None:
    tenants.created("kent")
    tenants.created(SANDBOX)
    code, found = tenants.run("verify", SANDBOX)
    assert (code, found["wrong"], found["tenants"]) == (0, [], 0)
    assert (found["sandbox"]["allowed"], found["sandbox"]["denied"]) == (1, 43)
    code, found = tenants.run("verify", "--all")
    assert (code, found["wrong"]) == (0, [])
    assert (found["tenants"], found["allowed"], found["denied"]) == (1, 1, 42)
    assert (found["sandbox"]["allowed"], found["sandbox"]["denied"]) == (1, 43)
    listed = {each["force"]: each["has_access"] for each in tenants.run("list")[1]}
    assert len(listed) == 44
    assert {each for each in listed if listed[each]} == {"kent", SANDBOX}


def test_a_topic_is_refilled_where_it_is_lost_and_left_where_it_is_not(tenants: Tenants) -> None:
    kafka, topic = tenants.kafka, stream_of("kent")

    async def written() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as ours:
            await ours.send_and_wait(topic, b"told")

    kafka.fresh({topic: 1})
    asyncio.run(written())
    refused: list[tuple[type[Exception], list[str]]] = [
        (ForceUnknown, ["rutland"]),
        (OneChoice, []),
        (OneChoice, ["kent", "--all"]),
        (TopicHoldsRecords, ["kent"]),
        (TopicHoldsRecords, ["--all"]),
    ]
    for kind, arguments in refused:
        with pytest.raises(kind):
            tenants.run("refill", *arguments, *WHY)
    assert tenants.operations() == []
    # Its feed is empty here: what matters is that the topic is, and who did it.
    assert tenants.run("refill", "kent", "--anew", *WHY) == (0, [])
    kafka.delete(topic)
    assert tenants.run("refill", "kent", *WHY) == (0, [])


def test_a_rotated_password_opens_nothing_and_the_new_one_does(tenants: Tenants) -> None:
    old = tenants.created("kent")
    code, (told,) = tenants.run("rotate", "kent", *WHY)
    assert code == 0
    assert told["password"] != old
    servers = tenants.kafka.outside_servers

    async def tried() -> None:
        await eventually(lambda: opens(servers, "kent", told["password"]))
        assert not await opens(servers, "kent", old)
        assert not await opens(servers, "essex", told["password"])

    asyncio.run(tried())


def test_a_revoked_force_is_stopped_while_it_reads(tenants: Tenants) -> None:
    password = tenants.created("kent")
    login = tenants.login("kent", password)

    async def reading() -> None:
        place = TopicPartition(stream_of("kent"), 0)
        async with AIOKafkaConsumer(**login) as reader:
            reader.assign([place])
            await reader.seek_to_end(place)
            assert await reader.getmany(timeout_ms=200) == {}
            await asyncio.to_thread(tenants.run, "revoke", "kent", *WHY)
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(reader.getone(), 20)

        async def closed() -> bool:
            return not await opens(tenants.kafka.outside_servers, "kent", password)

        await eventually(closed)

    asyncio.run(reading())
    (kent,) = [each for each in tenants.run("list")[1] if each["force"] == "kent"]
    assert not kent["has_access"]
    assert kent["as_it_should_be"]


def test_no_force_is_known_on_the_inside_listener(tenants: Tenants) -> None:
    password = tenants.created("kent")
    assert not asyncio.run(opens(tenants.kafka.bootstrap_servers, "kent", password))


def test_what_is_typed_wrong_is_refused_and_changes_nothing(tenants: Tenants) -> None:
    refused: list[tuple[type[Exception], list[str]]] = [
        (ForceUnknown, ["create", "rutland", *WHY]),
        (ForceUnknown, ["verify", "rutland"]),
        (ForceUnknown, ["revoke", "*", *WHY]),
        (TenantUnknown, ["rotate", "kent", *WHY]),
        (TenantUnknown, ["revoke", "kent", *WHY]),
        (TenantUnknown, ["verify", "kent"]),
        (OneChoice, ["create", *WHY]),
        (OneChoice, ["create", "kent", "--all", "--to", "x", *WHY]),
        (OneChoice, ["rotate", "kent", "--all", "--to", "x", *WHY]),
        (OneChoice, ["verify"]),
        (OneChoice, ["verify", "kent", "--all"]),
        (FolderNeeded, ["create", "--all", *WHY]),
    ]
    for kind, arguments in refused:
        with pytest.raises(kind):
            tenants.run(*arguments)
    assert tenants.operations() == []
    tenants.created("kent")
    with pytest.raises(TenantExists):
        tenants.run("create", "kent", *WHY)
    tenants.run("revoke", "kent", *WHY)
    for command in ("rotate", "revoke"):
        with pytest.raises(TenantRevoked):
            tenants.run(command, "kent", *WHY)
    tenants.created("kent")


def test_each_change_is_on_record_and_no_password_is(tenants: Tenants) -> None:
    password = tenants.created("kent")
    tenants.run("rotate", "kent", *WHY)
    tenants.run("revoke", "kent", *WHY)
    done = tenants.operations()
    assert [each[:3] for each in done] == [
        (f"tenant {command}", "kent", "anna") for command in ("create", "rotate", "revoke")
    ]
    assert password not in str(done)


def test_who_reads_more_than_its_quota_is_held_back(tenants: Tenants) -> None:
    code, (told,) = tenants.run("create", "kent", "--bytes-per-second", "2000", *WHY)
    assert code == 0
    own, servers = stream_of("kent"), tenants.kafka.outside_servers

    async def tried() -> None:
        async with AIOKafkaProducer(bootstrap_servers=tenants.kafka.bootstrap_servers) as ours:
            for _ in range(20):
                await ours.send_and_wait(own, b"x" * 50_000)
        await eventually(lambda: opens(servers, "kent", told["password"]))
        login = Login("force.kent", str(told["password"]), "SCRAM-SHA-512", tls=False)
        async with line(servers, login) as broker:

            async def held_back() -> bool:
                asked = FetchRequest(0, 0, 2**20, 0, [(own, [(0, 0, 2**20)])])
                return bool((await broker.ask(asked)).throttle_time_ms)

            await eventually(held_back)
        async with line(tenants.kafka.bootstrap_servers) as broker:
            quotas = await access.quotas(broker)
        assert quotas["force.kent"] == access.Quotas(2_000, access.USUAL.request_percent)

    asyncio.run(tried())


def test_a_tenant_without_a_quota_is_found(tenants: Tenants) -> None:
    tenants.created("kent")
    tenants.created("essex")

    async def freed() -> None:
        async with line(tenants.kafka.bootstrap_servers) as broker:
            gone = [("consumer_byte_rate", 0.0, True)]
            await broker.ask(AlterQuotas([([("user", "force.kent")], gone)], False))

    asyncio.run(freed())
    code, found = tenants.run("verify", "--all")
    assert (code, found["wrong"]) == (1, [["kent", "quota", "force.kent", "none"]])
    listed = {each["force"]: each["as_it_should_be"] for each in tenants.run("list")[1]}
    assert [force_id for force_id, right in listed.items() if not right] == ["kent"]


def test_a_right_too_many_is_found(tenants: Tenants) -> None:
    tenants.created("kent")
    tenants.created("essex")

    async def widened() -> None:
        from aiokafka.protocol.admin import CreateAclsRequest_v1

        async with line(tenants.kafka.bootstrap_servers) as broker:
            # Topic, prefix, allow: read all that begins like a force's; and write its own.
            read = (2, "npp.force.", 4, "User:force.kent", "*", 3, 3)
            write = (2, stream_of("kent"), 3, "User:force.kent", "*", 4, 3)
            await broker.ask(CreateAclsRequest_v1([read, write]))

    asyncio.run(widened())
    code, found = tenants.run("verify", "--all")
    assert (code, found["allowed"], found["denied"]) == (1, 2, 42)
    wrong = {tuple(each[:3]) for each in found["wrong"]}
    assert ("kent", "read", stream_of("essex")) in wrong
    assert ("kent", "write", stream_of("kent")) in wrong
    assert ("kent", "see", stream_of("essex")) in wrong
    assert {each[0] for each in wrong} == {"kent"}
    (kent,) = [each for each in tenants.run("list")[1] if each["force"] == "kent"]
    assert not kent["as_it_should_be"]
