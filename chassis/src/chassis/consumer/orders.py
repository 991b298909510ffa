"""What operators decide about a consumer group while it runs, and what follows for its member."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.kafka import Place


@dataclass(frozen=True, slots=True)
class Orders:
    """Read from the database at an interval. paused: the group must apply nothing.

    checkpoints: where each partition goes on; an operator may have moved one.
    """

    paused: bool = False
    checkpoints: dict[Place, int] = field(default_factory=dict)

    def moved(self, before: Mapping[Place, int], present: Mapping[Place, int]) -> list[Place]:
        """The partitions whose checkpoint is not where this member left it.

        before: the member's offsets when the orders were not read yet. A partition that has gone
        on since then says nothing.
        """
        return [
            place
            for place, offset in present.items()
            if before.get(place) == offset and self.checkpoints.get(place, offset) != offset
        ]
