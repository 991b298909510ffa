"""A record as it was read from a topic, before anybody has understood it."""

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[str, int]
"""A topic and a partition of it."""


# Not frozen: a frozen one takes three times as long to make, and there is one for each record.
@dataclass(slots=True)
class Record:
    """One record, undecoded, with the client's own names for what we use of it.

    timestamp: milliseconds since the epoch, as the producer set it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    value: bytes | None

    @property
    def place(self) -> Place:
        return (self.topic, self.partition)


Batch = dict[Place, list[Record]]
