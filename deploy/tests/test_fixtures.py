"""The fixtures that every suite shares, on whatever servers this session uses."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from npp_ops.testing import KafkaForTests, PostgresForTests


async def test_database_belongs_to_a_role_without_powers(postgres: PostgresForTests) -> None:
    connection = await asyncpg.connect(postgres.database("enrolment"))
    try:
        role = await connection.fetchrow(
            "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
            " pg_get_userbyid(datdba) = current_user as owner"
            " from pg_roles join pg_database on datname = current_database()"
            " where rolname = current_user"
        )
        await connection.execute("create table people (id int)")
    finally:
        await connection.close()
    assert role is not None
    assert tuple(role) == (False, False, False, False, True)


async def test_database_is_closed_to_the_role_of_another(postgres: PostgresForTests) -> None:
    mine, other = postgres.database("mine"), postgres.database("other")
    trespass = mine.rpartition("/")[0] + "/" + other.rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(trespass)


async def test_wrong_password_is_refused(postgres: PostgresForTests) -> None:
    url = postgres.database("guarded")
    name = url.rpartition("/")[2]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url.replace(f"{name}:", f"{name}:wrong", 1))


async def test_topic_carries_records_to_a_group(kafka: KafkaForTests) -> None:
    topic = kafka.topic("people", partitions=2)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=True
    ) as producer:
        await producer.send_and_wait(topic, b"value", key=b"key", headers=[("ce_id", b"1")])
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=kafka.unique("group"),
        auto_offset_reset="earliest",
    ) as consumer:
        record = await consumer.getone()
    assert (record.key, record.value, [*record.headers]) == (b"key", b"value", [("ce_id", b"1")])


async def test_fresh_topic_forgets_the_records_of_the_test_before(kafka: KafkaForTests) -> None:
    topic = kafka.topic("again", partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        await producer.send_and_wait(topic, b"old")
        kafka.fresh({topic: 1})
        offset = (await producer.send_and_wait(topic, b"new")).offset
    assert offset == 0
