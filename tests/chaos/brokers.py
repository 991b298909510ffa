"""What can happen to Kafka's brokers: stopped, killed, restarted, leaders moved, too few copies."""

import asyncio
import json
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from npp_ops import topics
from npp_ops.processes import Process, stop_all
from npp_ops.servers.kafka import START_SECONDS, KafkaCluster, Node

Place = tuple[str, int]
_MOVING: Final = re.compile(
    r"^(\S+) .*(Preparing to rebalance|Stabilized) group (\S+) ", re.MULTILINE
)
_STABLE: Final = re.compile(r"Stabilized group (\S+) generation (\d+) ")


class Brokers:
    """The brokers of a cluster by their number, 1 and up."""

    def __init__(self, cluster: KafkaCluster, changed: Callable[[], None]) -> None:
        self.cluster = cluster
        self.processes: dict[int, Process] = {}
        self._changed = changed

    async def start_all(self) -> None:
        """Start every broker, the first time or after a stop, and wait until each listens."""
        processes = await asyncio.to_thread(self.cluster.launch)
        self.processes = dict(zip(self._numbers(), processes, strict=True))
        self._changed()
        await asyncio.to_thread(self.cluster.wait, processes)

    async def stop_all(self) -> None:
        """Stop all of them at once, by SIGTERM."""
        await asyncio.to_thread(stop_all, list(self.processes.values()), patience=30)

    async def start(self, number: int) -> None:
        """Start a broker that was stopped or killed, and wait until it listens."""
        node = self._node(number)
        process = await asyncio.to_thread(self.cluster.launch_node, node)
        self.processes[number] = process
        self._changed()
        await asyncio.to_thread(
            process.wait_until,
            lambda: process.listens_on(node.inside),
            seconds=START_SECONDS,
            what="listening",
        )

    async def stop(self, number: int) -> None:
        """Stop a broker by SIGTERM: it hands its leaders over first."""
        await asyncio.to_thread(self.processes[number].stop, patience=30)

    async def kill(self, number: int) -> None:
        """Kill -9."""
        process = self.processes[number]
        await asyncio.to_thread(process.stop, patience=10, with_signal=signal.SIGKILL)

    async def all_there(self) -> None:
        """Until every broker is a member of the cluster again."""
        servers, count = self.cluster.bootstrap_servers, len(self.cluster.nodes)
        await topics.wait_for_brokers(servers, count, seconds=START_SECONDS)

    async def leaders(self, names: Iterable[str]) -> dict[Place, int]:
        """Which broker leads each partition of the topics; -1 for none."""
        return {place: part["leader"] for place, part in (await self._partitions(names)).items()}

    async def move_leaders(self, names: Iterable[str]) -> dict[Place, int]:
        """Let another of its copies lead every partition; returns the leaders after it."""
        found = await self._partitions(names)
        # Who leads may be any of them, after a fault: it comes last, whoever was first.
        wanted = [
            {
                "topic": topic,
                "partition": number,
                "replicas": sorted(part["replicas"], key=lambda copy: copy == part["leader"]),
            }
            for (topic, number), part in found.items()
        ]
        plan = self.cluster.folder / "leaders.json"
        plan.write_text(json.dumps({"version": 1, "partitions": wanted}))
        server: list[str | Path] = ["--bootstrap-server", self.cluster.bootstrap_servers]
        tools = "org.apache.kafka.tools"
        command = f"{tools}.reassign.ReassignPartitionsCommand"
        await self.cluster.run_tool(command, *server, "--reassignment-json-file", plan, "--execute")
        command = f"{tools}.LeaderElectionCommand"
        election: list[str | Path] = ["--election-type", "PREFERRED", "--path-to-json-file", plan]
        await self.cluster.run_tool(command, *server, *election)
        return await self.leaders(names)

    @asynccontextmanager
    async def copies_required(self, names: Iterable[str], number: int) -> AsyncIterator[None]:
        """Let the topics acknowledge nothing that fewer brokers hold; afterwards as before.

        With all three required and one stopped, Kafka refuses what asks for all acknowledgements,
        while the other two still have a quorum.
        """
        await self._configure(names, {"min.insync.replicas": str(number)})
        try:
            yield
        finally:
            await self._configure(names, {})

    async def coordinate(self) -> None:
        """Until groups can be joined: the first one lets Kafka make the topic of their offsets."""
        servers = self.cluster.bootstrap_servers
        consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id="chaos.first")
        await consumer.start()
        try:
            async with asyncio.timeout(START_SECONDS):
                await consumer.committed(TopicPartition("__consumer_offsets", 0))
        finally:
            await consumer.stop()

    def rebalancing(self) -> list[str]:
        """The consumer groups that are about to hand out their partitions anew."""
        logs = (Path(process.log).read_text() for process in self.processes.values())
        said = sorted(each for log in logs for each in _MOVING.findall(log))
        last = {group: what for _, what, group in said}
        return [group for group, what in last.items() if what == "Preparing to rebalance"]

    def rebalances(self) -> Counter[str]:
        """How often the brokers have handed out the partitions of each consumer group so far."""
        logs = (Path(process.log).read_text() for process in self.processes.values())
        return Counter(group for log in logs for group, _ in _STABLE.findall(log))

    async def _configure(self, names: Iterable[str], more: dict[str, str]) -> None:
        # What is left out here goes back to its default.
        configs = {**topics.FOR_EVER, **more}
        kind = ConfigResourceType.TOPIC
        async with self._admin() as admin:
            await admin.alter_configs([ConfigResource(kind, name, configs) for name in names])

    async def _partitions(self, names: Iterable[str]) -> dict[Place, dict[str, Any]]:
        async with self._admin() as admin:
            found = await admin.describe_topics(sorted(names))
        return {(one["topic"], p["partition"]): p for one in found for p in one["partitions"]}

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.cluster.bootstrap_servers)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    def _numbers(self) -> list[int]:
        return [node.number for node in self.cluster.nodes]

    def _node(self, number: int) -> Node:
        return next(node for node in self.cluster.nodes if node.number == number)
