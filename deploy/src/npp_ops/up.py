"""`npp up`: start what is not running, in order, and wait until all of it is ready."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx

from npp_contracts.catalogue import TOPICS
from npp_ops import topics
from npp_ops.issuer import clients
from npp_ops.processes import Process, start
from npp_ops.progress import step
from npp_ops.servers import databases
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack, services
from npp_ops.state import Started, State, one_at_a_time
from npp_ops.waiting import finish

READY_SECONDS = 60
_PRIVATE = ("NPP_", "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


class MigrationFailed(Exception):
    """A service's migration ended with an error; the message carries what it printed."""


def up(stack: Stack, only: Sequence[str] | None = None) -> list[str]:
    """Start the servers and all services, or those named; returns what was not running before."""
    with one_at_a_time(stack.home.root):
        stack.home.make()
        stack.state = State.load(stack.home.record)
        stack.settle()
        fresh = _servers(stack)
        with step("Topics and databases"):
            finish(_prepare(stack))
        return fresh + _services(stack, services() if only is None else only)


def _servers(stack: Stack) -> list[str]:
    fresh = []
    if KAFKA not in stack.state.given:
        with step("Apache Kafka (the first time its jars are fetched)"):
            cluster = stack.cluster
            mark = _fingerprint([str(cluster.nodes)], {})
            fresh += _ensure(stack, KAFKA, mark, lambda: cluster.start()[0])
            finish(topics.wait_for_brokers(cluster.bootstrap_servers, 1))
    if POSTGRES not in stack.state.given:
        with step("PostgreSQL"):
            server = stack.server
            mark = _fingerprint([str(server.data), str(server.port)], {})
            fresh += _ensure(stack, POSTGRES, mark, server.start)
    with step("Issuer of tokens"):
        fresh += _issuer(stack)
    return fresh


def _issuer(stack: Stack) -> list[str]:
    folder = stack.home.root / ISSUER
    registered = folder / "clients.json"
    clients.write(registered, stack.clients())
    stack.minter  # noqa: B018  makes the key, before two processes could
    command = [sys.executable, "-m", "npp_ops.issuer", "--key", str(folder / "key.json")]
    command += ["--clients", str(registered), "--port", str(stack.state.ports[ISSUER])]
    return _run(stack, [ISSUER], {ISSUER: command}, {ISSUER: {"CLIENTS": registered.read_text()}})


async def _prepare(stack: Stack) -> None:
    wanted = {topic.name: topic.partitions for topic in TOPICS.values()}
    await topics.create(stack.bootstrap_servers, wanted)
    for name in services():
        await databases.create(stack.admin_url, name, stack.state.secret(f"database-{name}"))
    stack.state.save()


def _services(stack: Stack, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    environments = {name: stack.environment(name) for name in names}
    commands = {name: [sys.executable, "-m", name, "run"] for name in names}
    stopped = [name for name in names if not stack.state.alive(name)]
    if stopped:
        with step(f"Migrations: {', '.join(stopped)}"), ThreadPoolExecutor(len(stopped)) as pool:
            list(pool.map(lambda name: _migrate(stack, name), stopped))
    with step(f"Services: {', '.join(names)}"):
        return _run(stack, names, commands, environments)


def _migrate(stack: Stack, service: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", service, "migrate"],
        check=False,
        env={**_inherited(), **stack.environment(service)},
        cwd=stack.home.root,
        capture_output=True,
        text=True,
    )
    (stack.home.logs / f"{service}.migrate.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise MigrationFailed(f"{service}:\n{(done.stdout + done.stderr)[-4000:]}")


def _run(
    stack: Stack,
    names: Sequence[str],
    commands: Mapping[str, Sequence[str]],
    environments: Mapping[str, Mapping[str, str]],
) -> list[str]:
    """Start all, then wait for all: they come up side by side."""
    fresh = []
    for name in names:
        command, environment = commands[name], environments[name]
        begin = _starter(stack, name, command, environment)
        fresh += _ensure(stack, name, _fingerprint(command, environment), begin)
    for name in names:
        process = stack.state.started[name].process
        ready = partial(_ready, stack.url(name))
        process.wait_until(ready, seconds=READY_SECONDS, what="readiness")
    return fresh


def _starter(
    stack: Stack, name: str, command: Sequence[str], environment: Mapping[str, str]
) -> Callable[[], Process]:
    log = stack.home.logs / f"{name}.log"
    told = {**_inherited(), **environment}
    return lambda: start(name, command, log, environment=told, folder=stack.home.root)


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}


def _ensure(stack: Stack, name: str, fingerprint: str, begin: Callable[[], Process]) -> list[str]:
    """Leave a process that runs as wanted; replace one that runs otherwise; else start it."""
    started = stack.state.started.get(name)
    if started is not None and started.process.alive():
        if started.fingerprint == fingerprint:
            return []
        started.process.stop()
    stack.state.started[name] = Started(begin(), fingerprint)
    stack.state.save()
    return [name]


def _fingerprint(command: Sequence[str], environment: Mapping[str, str]) -> str:
    text = json.dumps([list(command), sorted(environment.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
