"""A generation: a projection's read models once more, with a schema and a group of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from chassis.database import Driver
from chassis.errors import Invalid, NotFound, Refusal
from chassis.projection import Projection
from chassis.service import Service

LIVE: Final = "public"
"""The schema that readers read."""

_OPEN: Final = """
SELECT n, consumer_group AS group, state, tables, shared, made_at, made_by, made_because, changed_at
FROM generations WHERE consumer_group = $1 AND state <> 'retired'
"""
_STATE: Final = "UPDATE generations SET state = $2, changed_at = now() WHERE n = $1"


class State(StrEnum):
    """building: its tables are aside. promoted: they are live, and the former ones aside."""

    BUILDING = "building"
    PROMOTED = "promoted"
    RETIRED = "retired"


class NoGeneration(NotFound):
    title = "The projection has no generation beside the live one: npp projection rebuild"


class GenerationOpen(Refusal):
    title = "The projection has a generation beside the live one already"


class NotAProjection(Invalid):
    title = "Only projections can be rebuilt: a flow acts, and what it did can't be done again"


@dataclass(frozen=True, slots=True)
class Generation:
    """n is unique in its database. tables: copied for it, of which `shared` hold others' rows."""

    n: int
    group: str
    state: State
    tables: Sequence[str]
    shared: Sequence[str]
    made_at: datetime
    made_by: str
    made_because: str
    changed_at: datetime

    @property
    def schema(self) -> str:
        """Where the tables lie that are not live."""
        return f"build_{self.n}"

    @property
    def aside(self) -> str:
        """The consumer group that keeps them."""
        return f"{self.group}@{self.n}"

    @property
    def own(self) -> list[str]:
        """The tables with nobody else's rows."""
        return [table for table in self.tables if table not in self.shared]

    def of(self, projection: Projection) -> Projection:
        """The projection as this generation's consumer group."""
        return replace(projection, group=self.aside, live={})


def projection_of(service: Service, group: str) -> Projection:
    """The service's projection of that name; raises NotAProjection or NotFound."""
    for projection in service.projections:
        if projection.group == group:
            return projection
    if group in {consumer.group for consumer in service.consumers}:
        raise NotAProjection(group, field="group", rule="projection")
    raise NotFound(f"{service.name} has no group {group}", field="group")


Lock = Literal["", " FOR NO KEY UPDATE", " FOR UPDATE"]


async def open_of(connection: Driver, group: str, lock: Lock = "") -> Generation:
    """The group's generation that is not retired; raises NoGeneration.

    lock: the batches of its consumers pass one that leaves the key alone, and wait for the other.
    """
    row = await connection.fetchrow(_OPEN + lock, group)
    if row is None:
        raise NoGeneration(group, group=group)
    return Generation(**dict(row) | {"state": State(row["state"])})


async def become(connection: Driver, generation: Generation, state: State) -> None:
    """Note the state that a generation is in from now on."""
    await connection.execute(_STATE, generation.n, state)
