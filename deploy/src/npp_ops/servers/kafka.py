"""Apache Kafka in KRaft mode: one broker, or several on this machine, from the same code."""

import asyncio
import base64
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

from npp_ops.ports import LOOPBACK, free_ports
from npp_ops.processes import Process, start
from npp_ops.servers.jars import classpath
from npp_ops.servers.java import java

HEAP = "-Xms256m", "-Xmx448m"
START_SECONDS = 180
# Compiles less: sooner there, slower in the long run.
SHORT_LIVED = "-XX:TieredStopAtLevel=1"


@dataclass(frozen=True, slots=True)
class Door:
    """A listener like the inside one that clients are told to reach at another port: a proxy's."""

    port: int
    advertised: int


@dataclass(frozen=True, slots=True)
class Node:
    """One broker's ports: for our services, for outside consumers (SASL), for the quorum."""

    number: int
    inside: int
    outside: int
    controller: int
    door: Door | None = None


def nodes(count: int = 1) -> list[Node]:
    """Free ports for so many brokers."""
    free = free_ports(3 * count)
    return [
        Node(index + 1, free[index], free[count + index], free[2 * count + index])
        for index in range(count)
    ]


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """A cluster whose data, configuration and logs lie under one folder. options: for Java."""

    folder: Path
    logs: Path
    cache: Path
    nodes: Sequence[Node]
    options: Sequence[str] = ()

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(f"{LOOPBACK}:{node.inside}" for node in self.nodes)

    @property
    def outside_servers(self) -> str:
        """The SASL listener (SCRAM-SHA-512), where access lists apply."""
        return ",".join(f"{LOOPBACK}:{node.outside}" for node in self.nodes)

    def launch(self) -> list[Process]:
        """Format what is new and start every broker; returns at once."""
        cluster_id = self._cluster_id()
        for node in self.nodes:
            self._write_configuration(node)
            if not (self._data(node) / "meta.properties").exists():
                self._format(node, cluster_id)
        return [self.launch_node(node) for node in self.nodes]

    def wait(self, processes: Sequence[Process]) -> None:
        """Until each broker listens; ProcessDied if one ends, because its port is taken, say."""
        for node, process in zip(self.nodes, processes, strict=True):
            listening = partial(process.listens_on, node.inside)
            process.wait_until(listening, seconds=START_SECONDS, what="listening")

    async def run_tool(self, *arguments: str | Path) -> str:
        """Run one of Kafka's own command line tools; RuntimeError with what it printed."""
        command = [*self._java(SHORT_LIVED), *arguments]
        return await asyncio.to_thread(self._finished, command)

    def launch_node(self, node: Node) -> Process:
        name = f"kafka-{node.number}"
        command = [*self._java(*HEAP, *self.options), "kafka.Kafka", self._configuration(node)]
        return start(name, command, self.logs / f"{name}.log", folder=self.folder)

    def _java(self, *options: str) -> list[str | Path]:
        jars = ":".join(map(str, classpath(self.cache)))
        with as_file(files("npp_ops.servers") / "log4j2.properties") as log4j:
            logging = f"-Dlog4j2.configurationFile={log4j}"
        server = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Djava.awt.headless=true"]
        return [java(), *options, *server, logging, "-cp", jars]

    def _cluster_id(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "cluster.id"
        if not file.exists():
            file.write_text(new_cluster_id())
        return file.read_text()

    def _data(self, node: Node) -> Path:
        return self.folder / f"data-{node.number}"

    def _configuration(self, node: Node) -> Path:
        return self.folder / f"server-{node.number}.properties"

    def _write_configuration(self, node: Node) -> None:
        settings = {**self._listeners(node), **self._durability(), **self._access()}
        settings["log.dirs"] = str(self._data(node))
        lines = [f"{name}={value}" for name, value in settings.items()]
        self._configuration(node).write_text("\n".join(lines) + "\n")

    def _listeners(self, node: Node) -> dict[str, str]:
        listeners = {"INSIDE": node.inside, "OUTSIDE": node.outside}
        advertised = dict(listeners)
        if node.door:
            listeners["DOOR"], advertised["DOOR"] = node.door.port, node.door.advertised
        listeners["CONTROLLER"] = node.controller
        protocols = "INSIDE:PLAINTEXT,DOOR:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"
        voters = (f"{peer.number}@{LOOPBACK}:{peer.controller}" for peer in self.nodes)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.number),
            "controller.quorum.voters": ",".join(voters),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "INSIDE",
            "listeners": _addresses(listeners),
            "advertised.listeners": _addresses(advertised),
            "listener.security.protocol.map": protocols,
        }

    def _durability(self) -> dict[str, str]:
        copies = str(min(3, len(self.nodes)))
        in_sync = "2" if len(self.nodes) > 2 else "1"
        return {
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "10",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": "10",
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": "0",
            "unclean.leader.election.enable": "false",
            "log.retention.ms": "-1",
        }

    def _access(self) -> dict[str, str]:
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            # The inside listener has no users; it is bound to loopback and is the stack's own.
            "super.users": "User:ANONYMOUS",
            # Forces are given 512; by 256 the same users are verified (npp tenant verify).
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
            "listener.name.outside.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
            "listener.name.outside.scram-sha-512.sasl.jaas.config": scram,
            "listener.name.outside.scram-sha-256.sasl.jaas.config": scram,
            # So an old password is of no use to a connection that was open when it was changed.
            "connections.max.reauth.ms": "3600000",
        }

    def _format(self, node: Node, cluster_id: str) -> None:
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster_id]
        command = [*self._java(SHORT_LIVED), *tool]
        self._finished([*command, "--config", self._configuration(node)])

    def _finished(self, command: Sequence[str | Path]) -> str:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"kafka: a tool failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def _addresses(ports: Mapping[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())


def new_cluster_id() -> str:
    """Random, and never an option's name to the tools that take it as an argument."""
    while True:
        drawn = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        if not drawn.startswith("-"):
            return drawn
