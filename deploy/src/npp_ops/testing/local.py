"""The tests' servers as processes of this machine: those of the local stack, once per session."""

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import psutil

from npp_ops import topics
from npp_ops.home import Home
from npp_ops.ports import free_port
from npp_ops.processes import Process, stop_all
from npp_ops.servers import place, postgres
from npp_ops.servers.kafka import KafkaCluster, nodes
from npp_ops.waiting import finish


def _sessions() -> Path:
    return Home.shared_cache().parent / "tests"


def _owner_gone(record: dict[str, float]) -> bool:
    try:
        return abs(psutil.Process(int(record["pid"])).create_time() - record["created"]) > 1
    except psutil.NoSuchProcess:
        return True


def sweep() -> None:
    """Stop and remove what sessions that were killed have left behind."""
    for file in _sessions().glob("*/session.json"):
        try:
            record = json.loads(file.read_text())
        except (OSError, ValueError):
            continue
        if _owner_gone(record["owner"]):
            stop_all([Process.from_dict(data) for data in record["processes"]], patience=5)
            remove(file.parent)


def new_folder() -> Path:
    """A folder for one session's servers, after those of killed sessions were removed."""
    sweep()
    folder = _sessions() / secrets.token_hex(4)
    folder.mkdir(parents=True)
    return folder


def remember(folder: Path, processes: Sequence[Process]) -> None:
    """Note what this process has started there, so that a sweep finds it should we be killed."""
    me = psutil.Process(os.getpid())
    record = {
        "owner": {"pid": me.pid, "created": me.create_time()},
        "processes": [process.to_dict() for process in processes],
    }
    (folder / "session.json").write_text(json.dumps(record))


def remove(folder: Path) -> None:
    """Remove a session's folder and what PostgreSQL keeps outside of it."""
    place.forget(folder)
    shutil.rmtree(folder, ignore_errors=True)


class LocalServers:
    """Started on first request, in a folder that goes when the session ends."""

    about = "a process of this machine (no Docker engine answers)"

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = _sessions() / secrets.token_hex(4)
        self._durable = durable
        self._processes: list[Process] = []
        self.outside_kafka = ""

    def postgres(self) -> str:
        self._prepare()
        server = postgres.PostgresServer(
            place.Place.inside(self.folder),
            self.folder / "postgres.log",
            free_port(),
            durable=self._durable,
        )
        process = server.launch()
        self._remember([process])
        server.wait(process)
        return server.admin_url

    def kafka(self) -> str:
        self._prepare()
        cluster = KafkaCluster(
            self.folder / "kafka", self.folder / "logs", Home.shared_cache(), nodes()
        )
        processes = cluster.launch()
        self._remember(processes)
        cluster.wait(processes)
        finish(topics.wait_for_brokers(cluster.bootstrap_servers, 1))
        self.outside_kafka = cluster.outside_servers
        return cluster.bootstrap_servers

    def stop(self) -> None:
        for process in self._processes:
            if process.name == "postgres":
                postgres.stop(process)
        stop_all(self._processes)
        remove(self.folder)

    def _prepare(self) -> None:
        if not self.folder.exists():
            sweep()
            self.folder.mkdir(parents=True)

    def _remember(self, started: list[Process]) -> None:
        self._processes += started
        remember(self.folder, self._processes)
