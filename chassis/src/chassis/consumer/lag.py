"""How far a consumer group is behind its topics, in records and in seconds."""

from dataclasses import dataclass

from chassis import clock, telemetry
from chassis.kafka import Place, Source


@dataclass(slots=True)
class _Progress:
    next_offset: int
    applied_at: float


class Lag:
    """Measured against the topics' ends, so that paused and stopped partitions count too."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._progress: dict[Place, _Progress] = {}

    def reached(self, place: Place, next_offset: int, timestamp: float | None = None) -> None:
        """Note where a partition is; timestamp: of the last applied record, None when unknown."""
        before = self._progress.get(place)
        at = timestamp or (before.applied_at if before else clock.seconds())
        self._progress[place] = _Progress(next_offset, at)

    def forget(self, place: Place) -> None:
        self._progress.pop(place, None)

    async def measure(self, source: Source) -> None:
        """Ask the broker for the ends and set the gauges."""
        ends = await source.ends(list(self._progress))
        behind = {
            place: max(0, end - self._progress[place].next_offset)
            for place, end in ends.items()
            if place in self._progress
        }
        late = [self._progress[place].applied_at for place, records in behind.items() if records]
        seconds = max((clock.seconds() - at for at in late), default=0.0)
        telemetry.CONSUMER_LAG_RECORDS.labels(self._group).set(sum(behind.values()))
        telemetry.CONSUMER_LAG_SECONDS.labels(self._group).set(max(0.0, seconds))
