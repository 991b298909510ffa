"""What a runner is told by, in place of Kafka's consumer."""

from collections.abc import Iterable, Sequence

from chassis.kafka import Place


class Hand:
    """Hands a runner's subscription what a test wants, in its order.

    held: what is assigned from the start; what is resumed is so anyway. end: of every partition.
    open: partitions that may be read. sought: where the runner wanted to go on, in order.
    """

    def __init__(self, *held: Place, end: int = 0) -> None:
        self.open: set[Place] = set()
        self.sought: list[tuple[Place, int]] = []
        self._held = set(held)
        self._end = end

    def seek(self, place: Place, offset: int) -> None:
        self.sought.append((place, offset))

    def pause(self, places: Iterable[Place]) -> None:
        self.open.difference_update(places)

    def resume(self, places: Iterable[Place]) -> None:
        self.open.update(places)

    def assigned(self) -> set[Place]:
        return self._held | self.open

    async def ends(self, places: Sequence[Place]) -> dict[Place, int]:
        return dict.fromkeys(places, self._end)

    async def commit(self, offsets: dict[Place, int]) -> None: ...
