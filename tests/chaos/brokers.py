"""What can happen to Kafka's brokers: stopped, killed, restarted, leaders moved, too few copies."""

import asyncio
import signal
from collections.abc import Callable

from npp_ops import topics
from npp_ops.processes import Process, stop_all
from npp_ops.servers.kafka import KafkaCluster, Node


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
            seconds=60,
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
        await topics.wait_for_brokers(self.cluster.bootstrap_servers, len(self.cluster.nodes))

    def _numbers(self) -> list[int]:
        return [node.number for node in self.cluster.nodes]

    def _node(self, number: int) -> Node:
        return next(node for node in self.cluster.nodes if node.number == number)
