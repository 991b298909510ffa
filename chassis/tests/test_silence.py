"""Both ends of a session notice a dead network, and a process notices that Kafka is away."""

import socket

import pytest

from chassis.database import EVERY_FORCE, Database
from chassis.kafka import KafkaError, Presence
from chassis.outbox import SHARDS
from chassis.queue import Outbox
from npp_ops.ports import LOOPBACK, free_port
from npp_ops.testing import KafkaForTests, PostgresForTests

SERVERS_HALF = "SELECT current_setting('tcp_user_timeout'), current_setting('tcp_keepalives_idle')"


def limits(connection: object) -> tuple[int, int]:
    end = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]
    return (
        end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    )


async def test_both_ends_of_a_pooled_session_give_up_a_dead_network(
    postgres: PostgresForTests,
) -> None:
    database = Database(postgres.database("silence"), scope=EVERY_FORCE)
    async with database.transaction() as within:
        assert limits(within.connection) == (1, 15_000)
        assert tuple(await within.connection.fetchrow(SERVERS_HALF) or ()) == ("15000", "5")
    await database.close()


async def test_both_ends_of_a_relay_session_give_up_a_dead_network(
    postgres: PostgresForTests,
) -> None:
    async with Outbox("silence", postgres.database("silence")).session() as queue:
        connection = queue._db  # type: ignore[attr-defined]
        assert limits(connection) == (1, 15_000)
        assert tuple(await connection.fetchrow(SERVERS_HALF)) == ("15000", "5")
        assert await queue.take(SHARDS - 1)


async def test_kafka_is_present_once_it_has_answered(kafka: KafkaForTests) -> None:
    presence = Presence(kafka.bootstrap_servers, "test")
    assert presence.problem() == "Kafka has not answered yet"
    await presence.ask()
    assert presence.problem() is None
    await presence.close()


async def test_kafka_is_missed_when_it_stops_answering(
    kafka: KafkaForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.kafka.presence._SILENT_SECONDS", 0.0)
    presence = Presence(kafka.bootstrap_servers, "test")
    await presence.ask()
    assert (presence.problem() or "").startswith("Kafka has not answered for")
    await presence.close()
    nobody = Presence(f"{LOOPBACK}:{free_port()}", "test")
    with pytest.raises(KafkaError):
        await nobody.ask()
    assert nobody.problem()
