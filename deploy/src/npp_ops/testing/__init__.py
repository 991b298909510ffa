"""Pytest plugin: a real PostgreSQL and a real Kafka for every test that asks for one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from npp_ops.testing.kafka import KafkaForTests
from npp_ops.testing.postgres import PostgresForTests

if TYPE_CHECKING:
    from npp_ops.testing.source import Source

__all__ = ["KafkaForTests", "PostgresForTests", "kafka", "postgres"]

_CHOSEN = pytest.StashKey["Source"]()
_USED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_USED] = []


def _source(config: pytest.Config) -> "Source":
    if _CHOSEN not in config.stash:
        # Docker's client takes more than a second to import; unit tests never need it.
        from npp_ops.testing.source import choose  # noqa: PLC0415

        config.stash[_CHOSEN] = choose()
    return config.stash[_CHOSEN]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[_USED]:
        terminalreporter.write_line(f"npp servers: {line}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Of two processes that share the tests, each has servers of its own.
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["servers"] = session.config.stash[_USED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_USED].extend(getattr(node, "workeroutput", {}).get("servers", []))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _CHOSEN in config.stash:
        config.stash[_CHOSEN].stop()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[PostgresForTests]:
    """A PostgreSQL server; `postgres.database("name")` is the URL of a fresh, empty database."""
    source = _source(pytestconfig)
    server = PostgresForTests(source.postgres())
    pytestconfig.stash[_USED].append(f"{server.about()}, {source.about_postgres}")
    yield server
    # A server of our own goes as a whole.
    if source.given_postgres:
        server.drop_all()


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> Iterator[KafkaForTests]:
    """A Kafka broker; `kafka.topic("name")` is the name of a fresh, empty topic."""
    source = _source(pytestconfig)
    broker = KafkaForTests(source.kafka(), source.outside_kafka)
    pytestconfig.stash[_USED].append(f"{broker.about()}, {source.about_kafka}")
    yield broker
    if source.given_kafka:
        broker.drop_all()


@pytest.fixture(scope="session")
def guarded_kafka(kafka: KafkaForTests) -> Iterator[KafkaForTests]:
    """A broker with a SASL listener on which rights are asked for: the same if it has one."""
    if kafka.outside_servers:
        yield kafka
        return
    from npp_ops.testing.local import LocalServers  # noqa: PLC0415  as above

    servers = LocalServers()
    try:
        yield KafkaForTests(servers.kafka(), servers.outside_kafka)
    finally:
        servers.stop()
