"""How the stack is: each service's own word on its readiness, outbox, consumers, dead letters."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack, management_of
from npp_ops.topics import listening

TIMEOUT_SECONDS = 5


@dataclass(slots=True)
class GroupStatus:
    """One consumer group of a service."""

    lag_records: float = 0
    lag_seconds: float = 0
    dead_letters: float = 0
    parked: float = 0
    stopped_partitions: float = 0
    paused: float = 0


@dataclass(slots=True)
class ServiceStatus:
    """One service. `problems` says why it is not ready; what it did not tell is None or absent."""

    name: str
    url: str
    pid: int | None = None
    resident_mib: int = 0
    ready: bool = False
    problems: dict[str, str] = field(default_factory=dict)
    outbox_depth: float | None = None
    outbox_age_seconds: float | None = None
    outbox_paused: float | None = None
    uncounted: float = 0
    groups: dict[str, GroupStatus] = field(default_factory=dict)

    @property
    def lag_records(self) -> float:
        return sum(group.lag_records for group in self.groups.values())

    @property
    def lag_seconds(self) -> float:
        return max((group.lag_seconds for group in self.groups.values()), default=0)

    @property
    def dead_letters(self) -> float:
        return sum(group.dead_letters for group in self.groups.values())

    @property
    def parked(self) -> float:
        return sum(group.parked for group in self.groups.values())

    @property
    def paused(self) -> list[str]:
        """What operators have paused: the outbox, consumer groups."""
        groups = [name for name, group in sorted(self.groups.items()) if group.paused]
        return ["outbox", *groups] if self.outbox_paused else groups

    def to_dict(self) -> dict[str, Any]:
        sums = ("lag_records", "lag_seconds", "dead_letters", "parked", "paused")
        return asdict(self) | {name: getattr(self, name) for name in sums}


# The names are the chassis's, and one of reporting's; a test holds them together.
OWN = {
    "npp_outbox_depth": "outbox_depth",
    "npp_outbox_age_seconds": "outbox_age_seconds",
    "npp_outbox_paused": "outbox_paused",
    "npp_uncounted_batches": "uncounted",
}
GROUP = {
    "npp_consumer_lag_records": "lag_records",
    "npp_consumer_lag_seconds": "lag_seconds",
    "npp_consumer_dead_letters": "dead_letters",
    "npp_consumer_parked": "parked",
    "npp_consumer_stopped_partitions": "stopped_partitions",
    "npp_consumer_paused": "paused",
}


def read_metrics(status: ServiceStatus, families: Iterable[Metric]) -> None:
    for family in families:
        for sample in family.samples:
            if name := OWN.get(sample.name):
                setattr(status, name, sample.value)
            elif name := GROUP.get(sample.name):
                group = status.groups.setdefault(sample.labels["group"], GroupStatus())
                setattr(group, name, sample.value)


async def _service(stack: Stack, name: str, client: httpx.AsyncClient) -> ServiceStatus:
    status = ServiceStatus(name, stack.url(name))
    if started := stack.state.started.get(name):
        if started.process.alive():
            status.pid = started.process.pid
        status.resident_mib = started.process.resident_bytes() >> 20
    try:
        ready = await client.get(f"{status.url}/readyz")
        status.ready = ready.status_code == httpx.codes.OK
        status.problems = ready.json().get("problems", {})
        metrics = await client.get(f"{stack.url(management_of(name))}/metrics")
        read_metrics(status, text_string_to_metric_families(metrics.text))
    except (httpx.HTTPError, ValueError) as error:
        status.ready = False
        status.problems.setdefault("answer", type(error).__name__)
    return status


async def services_status(stack: Stack, names: Iterable[str]) -> list[ServiceStatus]:
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        return list(await asyncio.gather(*(_service(stack, name, client) for name in names)))


def servers_status(stack: Stack) -> dict[str, dict[str, Any]]:
    """Kafka, PostgreSQL and issuer: address, whose it is, whether it listens."""
    kafka = stack.bootstrap_servers
    own = {
        KAFKA: kafka,
        POSTGRES: stack.admin_url.rpartition("@")[2].partition("/")[0],
        ISSUER: stack.url(ISSUER).removeprefix("http://"),
    }
    return {
        name: {
            "address": address,
            "given": name in stack.state.given,
            "listening": any(listening(one) for one in address.split(",")),
        }
        for name, address in own.items()
    }
