"""What a member says of itself at /metrics."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from npp_ops.simulate.load.wire import Answer, Wire

from .invariants import LAG_SECONDS, OUTBOX_SECONDS, Counted
from .members import Member

_ANSWER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Scraped:
    """Values by metric and labels; only those of the outbox, the consumers and the pool."""

    member: str
    values: Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]

    @property
    def late(self) -> str:
        """I8: what has waited too long in the outbox or in a partition, in words; else empty."""
        limits = {"npp_outbox_age_seconds": OUTBOX_SECONDS, "npp_consumer_lag_seconds": LAG_SECONDS}
        return "; ".join(
            f"{self.member} {name} {dict(labels)}: {value:.0f}"
            for name, most in limits.items()
            for labels, value in self.values.get(name, {}).items()
            if value >= most
        )

    @property
    def stopped(self) -> dict[str, int]:
        """Consumer groups with partitions that the dead-letter limit has stopped, and how many."""
        gauge = self.values.get("npp_consumer_stopped_partitions", {})
        return {dict(labels)["group"]: int(number) for labels, number in gauge.items() if number}

    def behind(self, group: str) -> bool:
        """Whether the group has records to come."""
        gauge = self.values.get("npp_consumer_lag_records", {})
        return any(number for labels, number in gauge.items() if dict(labels)["group"] == group)

    def counted(self) -> list[Counted]:
        """By consumer group, what was consumed and what came of it."""
        outcomes: dict[str, dict[str, int]] = defaultdict(dict)
        for labels, number in self.values.get("npp_consumer_records_total", {}).items():
            named = dict(labels)
            outcomes[named["group"]][named["outcome"]] = int(number)
        consumed = {
            dict(labels)["group"]: int(number)
            for labels, number in self.values.get("npp_consumer_consumed_total", {}).items()
        }
        return [
            Counted(self.member, group, consumed.get(group, 0), outcomes.get(group, {}))
            for group in sorted({*outcomes, *consumed})
        ]


async def problems(member: Member) -> str:
    """Why it is not ready, in its own words; nothing when it is."""
    answer = await _asked(f"{member.url}/readyz")
    if answer is None:
        return "does not answer"
    return "" if answer.ok else answer.text


async def scrape(member: Member) -> Scraped | None:
    """None when it does not answer."""
    answer = await _asked(member.metrics_url)
    if answer is None:
        return None
    values: dict[str, dict[tuple[tuple[str, str], ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            values[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return Scraped(member.name, values)


async def _asked(url: str) -> Answer | None:
    wire = Wire()
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await wire.request("GET", url, {})
    except (OSError, TimeoutError):
        return None
    finally:
        wire.close()
