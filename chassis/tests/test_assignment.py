"""What happens to a partition in the moment it is assigned."""

from collections.abc import Iterable

from aiokafka import TopicPartition

from chassis.kafka import Batch, Place, Source, Subscription
from chassis.kafka.subscriber import _Listener, _Source

GIVEN = {TopicPartition("topic", 0), TopicPartition("topic", 3)}


class Client:
    """As much of the client as an assignment touches; it has no position of its own."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()
        self.positions: dict[TopicPartition, int] = {}

    def assignment(self) -> set[TopicPartition]:
        return set(GIVEN)

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= {*partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset


async def test_a_partition_is_paused_and_has_a_position_before_anybody_waits() -> None:
    # Without a position the client asks the group for one, and fetches nothing until it has it.
    client = Client()
    seen: list[tuple[set[TopicPartition], Iterable[TopicPartition]]] = []

    async def assigned(source: Source, places: set[Place]) -> None:
        seen.append((set(client.paused), set(client.positions)))

    async def revoked(source: Source, places: set[Place]) -> None: ...
    async def take(source: Source, batch: Batch) -> None: ...

    subscription = Subscription("group", ["topic"], take, assigned, revoked)
    await _Listener(_Source(), subscription, lambda: client).on_partitions_assigned(GIVEN)
    assert seen == [(GIVEN, GIVEN)]
