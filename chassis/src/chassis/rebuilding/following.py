"""Following the live group: no faster than told, and never past it."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from chassis.database import Database, is_passing
from chassis.kafka import Batch, Place, Source, Subscription
from chassis.rebuilding.holding import offsets

log = structlog.get_logger()

# How long for the live group to pass a batch: when nothing of it may be taken, and when some may.
_PATIENCE_SECONDS: Final = 0.25
_MOMENT_SECONDS: Final = 0.05
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Following:
    """What stands between Kafka and a generation's runner.

    Two groups that read a topic at their own pace are never at the same place while events come.
    One that doesn't pass the other is, as soon as the other is held still. rate: records a second.
    """

    database: Database
    live: str
    rate: float = math.inf

    def behind(self, subscription: Subscription) -> Subscription:
        """The subscription, given what the live group is done with."""

        async def take(source: Source, batch: Batch) -> None:
            loop = asyncio.get_running_loop()
            started = loop.time()
            passed = await self._passed(batch)
            allowed: Batch = {}
            for place, records in batch.items():
                mine = [each for each in records if each.offset < passed.get(place, 0)]
                if mine:
                    allowed[place] = mine
                if len(mine) < len(records):
                    source.seek(place, records[len(mine)].offset)
            await subscription.on_batch(source, allowed)
            due = sum(map(len, allowed.values())) / self.rate
            await asyncio.sleep(max(0.0, started + due - loop.time()))

        # A member that takes its time over one batch for minutes would lose its partitions.
        most = max(1, math.ceil(min(self.rate, subscription.records)))
        return replace(subscription, on_batch=take, records=most)

    async def _passed(self, batch: Batch) -> Mapping[Place, int]:
        """Where the live group is: past the batch, if it gets there in a moment."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            passed = await self._offsets()
            first = [records[0].offset < passed.get(place, 0) for place, records in batch.items()]
            last = [records[-1].offset < passed.get(place, 0) for place, records in batch.items()]
            patience = _MOMENT_SECONDS if any(first) else _PATIENCE_SECONDS
            if all(last) or loop.time() > started + patience:
                return passed
            await asyncio.sleep(_POLL_SECONDS)

    async def _offsets(self) -> dict[Place, int]:
        try:
            async with self.database.transaction() as within:
                return await offsets(within.connection, self.live)
        except Exception as error:
            if not is_passing(error):
                raise
            return {}
