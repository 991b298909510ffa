"""npp tenant as somebody types it: given, tried as the force itself, renewed, ended, refused."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from chassis.testing.waiting import eventually
from npp_contracts.ids import SANDBOX
from npp_contracts.topics import LEARNERS, stream_of
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
from npp_ops.tenants.wire import line

from .tenancy import WHY, Tenants, opens


def test_all_43_read_their_own_and_1806_others_are_denied(tenants: Tenants, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    code, told = tenants.run("create", "--all", "--to", str(folder), *WHY)
    assert (code, len(told)) == (0, 43)
    code, found = tenants.run("verify", "--all")
    assert (code, found["wrong"]) == (0, [])
    assert (found["tenants"], found["allowed"], found["denied"]) == (43, 43, 1_806)
    # Our own topics and the sandbox's, writing anywhere, others' groups.
    assert found["others_denied"] == 43 * (11 + 11 + 43)
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
