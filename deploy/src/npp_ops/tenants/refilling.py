"""Making forces' topics empty, so that they can be filled anew from the feeds."""

from collections.abc import Sequence

from chassis.kafka import reading
from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops import topics
from npp_ops.tenants.errors import TopicHoldsRecords


async def emptied(servers: str, force_ids: Sequence[str], *, anew: bool) -> None:
    """Leave each of these there and empty; raises TopicHoldsRecords unless anew.

    With a topic the brokers forget how far its readers are, so these begin where it begins.
    """
    names = [stream_of(each) for each in force_ids]
    there = {each.name for each in await topics.describe(servers)} & set(names)
    if held := await _holding(servers, sorted(there)):
        if not anew:
            raise TopicHoldsRecords(", ".join(held), field="force", records=held)
        await topics.delete(servers, held)
    partitions = dict.fromkeys(names, FORCE_STREAMS.partitions)
    await topics.create(servers, partitions, FORCE_STREAMS.keeps_days)


async def _holding(servers: str, names: Sequence[str]) -> dict[str, int]:
    """Those that have records, or had some that are no longer kept: how many."""
    if not names:
        return {}
    async with reading(servers, names) as reader:
        ends = await reader.ends()
    return {topic: end for (topic, _), end in ends.items() if end}
