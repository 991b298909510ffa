"""How far each partition of a consumer group is, against its topic."""

from dataclasses import dataclass

from chassis import clock
from chassis.consumer import PostgresStore
from chassis.database import Database
from chassis.kafka import Place, Reader


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition. next_offset: None while no member has ever opened it.

    seconds: the age of the first record not applied, 0 when there is none. ahead: the checkpoint
    lies beyond the topic's end, so the topic was made anew or cut off: seek.
    """

    topic: str
    partition: int
    next_offset: int | None
    end: int
    records: int
    seconds: float
    ahead: bool


async def lag(
    database: Database, group: str, topics: set[str], reader: Reader
) -> list[PartitionLag]:
    """Every partition of the group's topics."""
    orders = await PostgresStore(database).orders()
    checkpoints = orders[group].checkpoints if group in orders else {}
    begins, ends = await reader.begins(), await reader.ends()
    places = [place for place in reader.places if place[0] in topics]
    starts = {place: max(checkpoints.get(place, 0), begins[place]) for place in places}
    ages = await _ages(reader, {p: start for p, start in starts.items() if start < ends[p]})
    return [
        PartitionLag(
            *place,
            checkpoints.get(place),
            ends[place],
            max(0, ends[place] - starts[place]),
            ages.get(place, 0.0),
            checkpoints.get(place, 0) > ends[place],
        )
        for place in places
    ]


async def _ages(reader: Reader, starts: dict[Place, int]) -> dict[Place, float]:
    present, ages = clock.seconds(), {}
    async for records in reader.records({place: (at, at + 1) for place, at in starts.items()}):
        for record in records:
            ages[record.place] = max(0.0, present - record.timestamp / 1000)
    return ages
