"""Where the tests' servers come from: the environment, Docker, or processes of this machine."""

import os
from dataclasses import dataclass
from typing import Protocol

from npp_ops.testing import containers, local


class Servers(Protocol):
    """Starts each server on first request and stops what it started."""

    about: str
    outside_kafka: str
    """The forces' listener of the Kafka that was started; empty where it has none."""

    def postgres(self) -> str: ...
    def kafka(self) -> str: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class Source:
    """Given addresses come first; what is not given comes from the servers."""

    servers: Servers
    given_postgres: str | None
    given_kafka: str | None

    @property
    def about_postgres(self) -> str:
        return "given by DATABASE_URL" if self.given_postgres else self.servers.about

    @property
    def about_kafka(self) -> str:
        return "given by KAFKA_BOOTSTRAP_SERVERS" if self.given_kafka else self.servers.about

    def postgres(self) -> str:
        return self.given_postgres or self.servers.postgres()

    def kafka(self) -> str:
        return self.given_kafka or self.servers.kafka()

    @property
    def outside_kafka(self) -> str:
        return "" if self.given_kafka else self.servers.outside_kafka

    def stop(self) -> None:
        self.servers.stop()


def choose() -> Source:
    docker = containers.engine_answers()
    return Source(
        containers.Containers() if docker else local.LocalServers(),
        os.environ.get("DATABASE_URL"),
        os.environ.get("KAFKA_BOOTSTRAP_SERVERS"),
    )
