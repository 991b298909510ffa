"""Force topics inside a test: filled by so many processes, and read as they lie."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from chassis.kafka import Record, reading
from chassis.testing.waiting import eventually
from npp_contracts.topics import stream_of
from npp_ops.testing import KafkaForTests
from reporting.feeds.stream import fill

from .feeding import FeedWorld
from .working import working


def filling(
    world: FeedWorld, kafka: KafkaForTests, workers: int = 1
) -> AbstractAsyncContextManager[None]:
    """With so many processes' workers, each with a session of its own."""
    return working(lambda: fill(world.system, kafka.bootstrap_servers), workers)


async def filled(world: FeedWorld, *force_ids: str) -> None:
    """Wait until these topics hold their feeds, as the table has it."""
    behind = (
        "SELECT count(*) FROM feeds AS f LEFT JOIN feed_streams AS s USING (force_id)"
        " WHERE f.force_id = ANY (:forces) AND f.position > coalesce(s.position, 0)"
    )

    async def done() -> bool:
        return not await world.value(behind, forces=list(force_ids))

    await eventually(done)


@dataclass(frozen=True)
class Held:
    """A record as its reader meets it."""

    key: str
    value: str
    headers: dict[str, str]
    timestamp: int

    @classmethod
    def of(cls, record: Record) -> "Held":
        headers = {name: (value or b"").decode() for name, value in record.headers}
        key, value = (record.key or b"").decode(), (record.value or b"").decode()
        return cls(key, value, headers, int(record.timestamp))

    @property
    def position(self) -> int:
        return int(self.headers["ce_sequence"])


async def held(kafka: KafkaForTests, force_id: str) -> Sequence[Held]:
    """All that a force's topic holds, in its order."""
    async with reading(kafka.bootstrap_servers, [stream_of(force_id)]) as reader:
        begins, ends = await reader.begins(), await reader.ends()
        spans = {place: (begins[place], ends[place]) for place in reader.places}
        return [Held.of(each) async for batch in reader.records(spans) for each in batch]


def positions(records: Sequence[Held]) -> list[int]:
    return [each.position for each in records]
