"""Records that no good producer writes: each to its class, and the neighbours go on."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from chassis.auth import SYSTEM
from chassis.deadletters import DeadLetters, StillUnreadable
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS

from .specimen import service as specimen
from .specimen.world import CAUSE, World

TYPE = "npp.portfolio.portfolio-submitted.v1"
BURIED = "SELECT count(*) = {} FROM dead_letters WHERE consumer_group = 'specimen.notes'"
KEY = b"01912345-0000-7000-8000-000000000001"


def headers(**changes: bytes | None) -> list[tuple[str, bytes | None]]:
    good: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": b"01912345-0000-7000-8000-000000000002",
        "ce_type": TYPE.encode(),
        "ce_source": b"/npp/portfolio",
        "ce_subject": KEY,
        "ce_time": b"2026-06-15T10:00:00Z",
        "ce_dataschema": f"urn:npp:schema:{TYPE}".encode(),
        "ce_correlationid": b"test",
        "ce_sequence": b"1",
        "ce_forceid": b"derbyshire",
        "content-type": b"application/json",
    }
    return list({**good, **changes}.items())


async def send(world: World, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.settings.kafka_bootstrap_servers)
    await producer.start()
    try:
        await producer.send_and_wait(PORTFOLIOS.name, value, key=KEY, headers=headers, partition=0)
    finally:
        await producer.stop()


class Broken(str):
    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"ce_\xff\xfe"


async def send_with_a_broken_name(world: World) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.settings.kafka_bootstrap_servers)
    await producer.start()
    try:
        good = [(k, v) for k, v in headers() if k != "ce_forceid"]
        batch = producer.create_batch()
        # Only the writer in Python takes such a name.
        batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, 10_000)
        for names in (good, [*good, (Broken("ce_forceid"), b"derbyshire")], good):
            batch.append(key=KEY, value=b"{}", timestamp=None, headers=names)
        await (await producer.send_batch(batch, PORTFOLIOS.name, partition=0))
    finally:
        await producer.stop()


async def test_a_header_name_that_is_no_text_costs_its_record_alone(world: World) -> None:
    await send_with_a_broken_name(world)
    await world.submit(30, 2)
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 60 FROM notes"))
        await eventually(lambda: world.holds(BURIED.format(3)))
    assert await world.holds(
        "SELECT count(*) = 1 FROM dead_letters"
        " WHERE consumer_group = 'specimen.notes' AND headers::text LIKE '%xff%'"
    )


async def test_unreadable_records_become_dead_letters_and_their_neighbours_are_applied(
    world: World,
) -> None:
    major = b"npp.portfolio.portfolio-submitted.v9"
    schema = b"urn:npp:schema:" + major
    await send(world, b"{}", [])
    await send(world, b"{}", headers(ce_forceid=None))
    await send(world, b"{}", headers(ce_correlationid=b"\xff\x00"))
    await send(world, None, headers())
    await send(world, b"{}", headers(ce_type=major, ce_dataschema=schema))
    await send(world, b'{"portfolio_id": "0', headers())
    await world.submit(30, 2)
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 60 FROM notes"))
        await eventually(lambda: world.holds(BURIED.format(5)))
        letters = DeadLetters("portfolio", specimen.SERVICE.consumers, world.database)
        found = await letters.open("specimen.notes")
    reasons = [letter.reason for letter in found]
    assert reasons == ["invalid"] * 5
    assert "unknown major version" in found[-1].detail


async def test_a_truncated_payload_holds_back_its_key_until_it_is_discarded(world: World) -> None:
    await send(world, b'{"portfolio_id": "0', headers())
    async with world.work.begin(SYSTEM, CAUSE) as work:
        await specimen.open_folder(work)
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 1 FROM notes"))
        await eventually(lambda: world.holds(BURIED.format(1)))
        letters = DeadLetters("portfolio", specimen.SERVICE.consumers, world.database)
        (letter,) = await letters.open("specimen.notes")
        assert letter.record.value == b'{"portfolio_id": "0'
        with pytest.raises(StillUnreadable):
            await letters.redrive(letter.id, "operator", "again")
        await letters.discard(letter.id, "operator", "a test wrote it")
    assert await world.holds(
        "SELECT count(*) = 0 FROM sequences JOIN streams ON stream = id"
        " WHERE blocked IS NOT NULL AND consumer_group = 'specimen.notes'"
    )


async def test_an_unknown_type_is_skipped(world: World) -> None:
    unknown = b"npp.portfolio.portfolio-framed.v1"
    schema = b"urn:npp:schema:" + unknown
    await send(world, b"{}", headers(ce_type=unknown, ce_dataschema=schema))
    async with world.running():
        await eventually(
            lambda: world.holds("SELECT coalesce(sum(next_offset), 0) = 2 FROM checkpoints")
        )
    assert await world.holds("SELECT count(*) = 0 FROM dead_letters")


async def test_a_storm_of_bad_records_stops_the_partition_and_shows_in_readiness(
    world: World,
) -> None:
    for _ in range(25):
        await send(world, b"{}", [])
    background = world.background()
    background.start(consume=True, relay=False)
    try:
        await eventually(lambda: world.holds("SELECT count(*) = 40 FROM dead_letters"))

        async def stopped() -> bool:
            return all(runner.stopped for runner in background.runners)

        await eventually(stopped)
        assert "specimen.notes" in (await background.consumers_ready() or "")
    finally:
        await background.stop()
    await world.value("UPDATE checkpoints SET next_offset = 0 RETURNING 1")
    async with world.running():  # what is buried already is no storm
        await eventually(lambda: world.holds("SELECT count(*) = 50 FROM dead_letters"))


async def test_lost_database_sessions_delay_but_lose_nothing(world: World) -> None:
    async with world.running():
        await world.submit(10, 1)
        for _ in range(5):
            await world.kill_sessions()
            await world.submit(10, 1)
        await eventually(lambda: world.holds("SELECT count(*) = 60 FROM notes"))
        await eventually(lambda: world.holds("SELECT sum(submitted) = 60 FROM tally_view"))
    assert await world.holds("SELECT count(*) = 0 FROM dead_letters")
