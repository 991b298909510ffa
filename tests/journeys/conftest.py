"""A whole stack of five service processes, on the servers that all tests share."""

from collections.abc import Iterator

import pytest

from npp_contracts.catalogue import TOPICS
from npp_ops.down import clean
from npp_ops.servers import databases
from npp_ops.stack import Stack, services
from npp_ops.testing import KafkaForTests, PostgresForTests
from npp_ops.up import up
from npp_ops.waiting import finish

from .officer import prepare_the_programme
from .platform import Platform


@pytest.fixture(scope="module")
def stack(
    postgres: PostgresForTests, kafka: KafkaForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NPP_HOME", str(tmp_path_factory.mktemp("journey")))
        environment.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap_servers)
        environment.setenv("DATABASE_URL", postgres.admin_url)
        started = Stack.here()
        try:
            up(started)
            yield started
        finally:
            clean(started)
            for name in services():
                finish(databases.drop(postgres.admin_url, name))


@pytest.fixture(scope="module")
def platform(stack: Stack) -> Iterator[Platform]:
    with Platform(stack) as made:
        yield made


@pytest.fixture(scope="module")
def programme(platform: Platform) -> None:
    prepare_the_programme(platform)
