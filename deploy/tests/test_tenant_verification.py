"""`npp tenant verify` and `list` find what a tenant has too much, or too little, of."""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.protocol.fetch import FetchRequest

from chassis.testing.waiting import eventually
from npp_contracts.topics import stream_of
from npp_ops.tenants import access
from npp_ops.tenants.wire import AlterQuotas, Login, line

from .tenancy import WHY, Tenants, opens


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
