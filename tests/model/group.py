"""A consumer group in memory: members that poll, and a coordinator that moves partitions."""

import asyncio
from collections.abc import Iterable, Sequence

from aiokafka.errors import CommitFailedError

from chassis.consumer import Runner, follow
from chassis.kafka import Batch, Place

from .bus import Bus
from .store import Store
from .world import Actor, World

_POLL_RECORDS = 4
_POLL_SECONDS = 0.05


class Group:
    """Who owns which partition as the broker sees it, and how far each was committed to it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.members: list[Member] = []
        self.owners: dict[Place, Member] = {}
        self.committed: dict[Place, int] = {}

    def rebalance(self, turn: int) -> None:
        """Give the partitions to the members anew; a member learns of it when it asks."""
        if not self.members:
            return
        for number, place in enumerate(self.bus.records):
            self.owners[place] = self.members[(number + turn) % len(self.members)]
        for member in self.members:
            member.changed.set()

    def leave(self, member: "Member") -> None:
        self.members.remove(member)
        self.rebalance(0)


class Source:
    """One member's client: what it is assigned, where it reads on, and what is paused."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._world: World = group.bus.world
        self.positions: dict[Place, int] = {}
        self.paused: set[Place] = set()
        self.joining = True

    def seek(self, place: Place, offset: int) -> None:
        if place in self.positions:
            self.positions[place] = offset

    def pause(self, places: Iterable[Place]) -> None:
        self.paused |= set(places) & self.positions.keys()

    def resume(self, places: Iterable[Place]) -> None:
        self.paused -= set(places)

    def assigned(self) -> set[Place]:
        return set(self.positions)

    async def ends(self, places: Sequence[Place]) -> dict[Place, int]:
        return {place: len(self._group.bus.records[place]) for place in places}

    async def commit(self, offsets: dict[Place, int]) -> None:
        held = {place: at for place, at in offsets.items() if place in self.positions}
        await self._world.call(
            "kafka commit",
            lambda: self._group.committed.update(held),
            possible=self._group.bus.is_up,
            errors=[CommitFailedError],
        )

    def assign(self, places: Iterable[Place]) -> None:
        self.positions = {place: self._group.committed.get(place, 0) for place in places}
        self.paused = set()

    def poll(self) -> Batch:
        """The next few records of partitions that are not paused; they are read on from here."""
        found: Batch = {}
        if self.joining or not self._group.bus.up:
            return found
        left = _POLL_RECORDS
        for place, position in sorted(self.positions.items()):
            records = self._group.bus.records[place][position : position + left]
            if records and place not in self.paused:
                found[place] = records
                self.positions[place] += len(records)
                left -= len(records)
        return found


class Member:
    """A process with one runner, fed as FastStream and aiokafka feed it."""

    def __init__(self, group: Group, actor: Actor, runner: Runner, store: Store) -> None:
        self._group = group
        self._world = group.bus.world
        self.actor = actor
        self.runner = runner
        self._store = store
        self.source = Source(group)
        self.changed = asyncio.Event()
        self._subscription = runner.subscription()

    def start(self) -> None:
        self._group.members.append(self)
        for work in (self._poll(), self._follow_group(), self._follow_orders()):
            self._world.start(self.actor, work)

    async def _poll(self) -> None:
        while True:
            await self._awake("poll")
            if batch := self.source.poll():
                span = {f"{p[1]}": (r[0].offset, r[-1].offset) for p, r in batch.items()}
                self._world.note(self.actor.name, f"polled {span}")
                await self._take(batch)
            else:
                await asyncio.sleep(_POLL_SECONDS)

    async def _take(self, batch: Batch) -> None:
        try:
            await self._subscription.on_batch(self.source, batch)
        except Exception as error:  # noqa: BLE001  FastStream logs it and polls on
            self._world.note(self.actor.name, f"batch raised {error!r}")

    async def _follow_group(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            await self._awake("rejoin")
            self.source.joining = True
            await self._subscription.on_revoked(self.source, self.source.assigned())
            mine = await self._world.call(
                "join", lambda: [p for p, owner in self._group.owners.items() if owner is self]
            )
            self.source.assign(mine)
            self.source.joining = False
            try:
                await self._subscription.on_assigned(self.source, set(mine))
            except Exception as error:  # noqa: BLE001  aiokafka logs it and goes on
                self._world.note(self.actor.name, f"assignment raised {error!r}")

    async def _follow_orders(self) -> None:
        while True:
            await asyncio.sleep(1)
            try:
                await follow(self._store, [self.runner])
            except Exception as error:  # noqa: BLE001  asked again in a second
                self._world.note(self.actor.name, f"orders not read: {error!r}")

    async def _awake(self, what: str) -> None:
        await self._world.call(what, _nothing)


def _nothing() -> None: ...
