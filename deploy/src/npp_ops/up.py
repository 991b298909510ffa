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

from npp_ops import topics
from npp_ops.issuer import clients
from npp_ops.processes import Process, ProcessDied, start
from npp_ops.progress import step
from npp_ops.servers import databases
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack, services
from npp_ops.state import Started, State, one_at_a_time
from npp_ops.waiting import finish

READY_SECONDS = 60
ATTEMPTS = 3
_PRIVATE = ("NPP_", "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


class MigrationFailed(Exception):
    """A service's migration ended with an error; the message carries what it printed."""


def up(stack: Stack, only: Sequence[str] | None = None) -> list[str]:
    """Start the servers and all services, or those named; returns what was not running before."""
    names = services() if only is None else only
    with one_at_a_time(stack.home.root):
        stack.home.make()
        stack.state = State.load(stack.home.record)
        before = {name for name in stack.state.started if stack.state.alive(name)}
        for chances in reversed(range(ATTEMPTS)):
            stack.settle()
            try:
                _everything(stack, names)
            except ProcessDied:
                # Another program took a port meanwhile: settle on other ones.
                if not (chances and stack.robbed()):
                    raise
            else:
                break
    return [name for name in (KAFKA, POSTGRES, ISSUER, *names) if _is_new(stack, name, before)]


def _is_new(stack: Stack, name: str, before: set[str]) -> bool:
    return name in stack.state.started and name not in before


def _everything(stack: Stack, names: Sequence[str]) -> None:
    if KAFKA not in stack.state.given:
        with step("Apache Kafka (the first time its jars are fetched)"):
            _kafka(stack)
    if POSTGRES not in stack.state.given:
        with step("PostgreSQL"):
            _postgres(stack)
    with step("Issuer of tokens"):
        _issuer(stack)
    with step("Topics and databases"):
        finish(_prepare(stack))
    if stopped := [name for name in names if not stack.state.alive(name)]:
        with step(f"Migrations: {', '.join(stopped)}"), ThreadPoolExecutor(len(stopped)) as pool:
            list(pool.map(lambda name: _migrate(stack, name), stopped))
    if names:
        with step(f"Services: {', '.join(names)}"):
            _services(stack, names)


def _kafka(stack: Stack) -> None:
    cluster = stack.cluster
    mark = _fingerprint([str(cluster.nodes)], {})
    process = _ensure(stack, KAFKA, mark, lambda: cluster.launch()[0])
    cluster.wait([process])
    finish(topics.wait_for_brokers(cluster.bootstrap_servers, 1))


def _postgres(stack: Stack) -> None:
    server = stack.server
    mark = _fingerprint([str(server.data), str(server.port)], {})
    server.wait(_ensure(stack, POSTGRES, mark, server.launch))


def _issuer(stack: Stack) -> None:
    folder = stack.home.root / ISSUER
    registered = folder / "clients.json"
    clients.write(registered, stack.clients())
    stack.minter  # noqa: B018  makes the key, before two processes could
    command = [sys.executable, "-m", "npp_ops.issuer", "--key", str(folder / "key.json")]
    command += ["--clients", str(registered), "--port", str(stack.state.ports[ISSUER])]
    process = _program(stack, ISSUER, command, {"CLIENTS": registered.read_text()})
    _until_ready(stack, ISSUER, process)


async def _prepare(stack: Stack) -> None:
    await topics.create_all(stack.bootstrap_servers)
    for name in services():
        await databases.create(stack.admin_url, name, stack.state.secret(f"database-{name}"))
    stack.state.save()


def _services(stack: Stack, names: Sequence[str]) -> None:
    """Start all, then wait for all: they come up side by side."""
    processes = {
        name: _program(stack, name, [sys.executable, "-m", name, "run"], stack.environment(name))
        for name in names
    }
    for name, process in processes.items():
        _until_ready(stack, name, process)


def start_rebuild(stack: Stack, service: str, group: str, rate: float | None = None) -> str:
    """The process that reads the log into a projection's generation; returns where it logs.

    It lives until `npp down` or the generation's end, on a port of its own choice.
    """
    command = [sys.executable, "-m", service, "rebuild", group]
    command += [] if rate is None else ["--rate", str(rate)]
    with one_at_a_time(stack.home.root):
        stack.state = State.load(stack.home.record)
        told = {**stack.environment(service), "HTTP_PORT": "0", "MANAGEMENT_PORT": "0"}
        return _program(stack, f"rebuild-{group}", command, told).log


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


def _program(
    stack: Stack, name: str, command: Sequence[str], environment: Mapping[str, str]
) -> Process:
    log = stack.home.logs / f"{name}.log"
    told = {**_inherited(), **environment}
    begin = partial(start, name, command, log, environment=told, folder=stack.home.root)
    return _ensure(stack, name, _fingerprint(command, environment), begin)


def _until_ready(stack: Stack, name: str, process: Process) -> None:
    port, url = stack.state.ports[name], stack.url(name)
    # Whose port it is comes first: another stack's service would answer just as well.
    process.wait_until(
        lambda: process.listens_on(port) and _ready(url), seconds=READY_SECONDS, what="readiness"
    )


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}


def _ensure(stack: Stack, name: str, fingerprint: str, begin: Callable[[], Process]) -> Process:
    """Leave a process that runs as wanted; replace one that runs otherwise; else start it."""
    started = stack.state.started.get(name)
    if started is not None and started.process.alive():
        if started.fingerprint == fingerprint:
            return started.process
        started.process.stop()
    stack.state.started[name] = Started(begin(), fingerprint)
    stack.state.save()
    return stack.state.started[name].process


def _fingerprint(command: Sequence[str], environment: Mapping[str, str]) -> str:
    text = json.dumps([list(command), sorted(environment.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
