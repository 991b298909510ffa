"""The Kafka broker that tests share: each asks for topics of its own."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from npp_ops import topics
from npp_ops.waiting import finish


@dataclass(slots=True)
class KafkaForTests:
    """A cluster by its bootstrap servers. outside_servers: its SASL listener, if it has one."""

    bootstrap_servers: str
    outside_servers: str = ""
    _made: set[str] = field(default_factory=set)

    def about(self) -> str:
        return f"Kafka at {self.bootstrap_servers}"

    def unique(self, name: str = "test") -> str:
        """A name for a topic or group that no other test uses."""
        return f"{name}.{secrets.token_hex(4)}"

    def topic(self, name: str = "test", *, partitions: int = 6) -> str:
        """A fresh, empty topic, by a unique name that starts with the given one."""
        unique = self.unique(name)
        self.create({unique: partitions})
        return unique

    def create(self, partitions: Mapping[str, int]) -> None:
        """Topics by name; one that exists stays as it is, with its records."""
        finish(topics.create(self.bootstrap_servers, partitions))
        self._made.update(partitions)

    def fresh(self, partitions: Mapping[str, int]) -> None:
        """Topics by name, empty even if a test before used them."""
        self.delete(*partitions)
        self.create(partitions)

    def delete(self, *names: str) -> None:
        if names:
            finish(topics.delete(self.bootstrap_servers, names))
            self._made.difference_update(names)

    def drop_all(self) -> None:
        self.delete(*self._made)
