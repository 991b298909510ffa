"""What an arena stands on beside its servers: addresses and secrets, an issuer, tables."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from npp_ops.home import Home
from npp_ops.issuer import clients
from npp_ops.ports import free_port
from npp_ops.processes import Process, start
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack, management_of, services
from npp_ops.state import State

from .servers import Servers


def stack(folder: Path, servers: Servers) -> Stack:
    """A stack as data on these servers, with a port for everything."""
    made = Stack(Home(folder, Home.shared_cache()), State(folder / "stack.json"))
    made.state.given.update({KAFKA: servers.kafka, POSTGRES: servers.postgres})
    for name in (*services(), *map(management_of, services()), ISSUER):
        made.state.ports[name] = free_port()
    return made


def issuer(stack: Stack) -> Process:
    """The stack's own issuer of tokens, started."""
    folder = stack.home.root / ISSUER
    clients.write(folder / "clients.json", stack.clients())
    command = [sys.executable, "-m", "npp_ops.issuer", "--key", str(folder / "key.json")]
    command += ["--clients", str(folder / "clients.json")]
    command += ["--port", str(stack.state.ports[ISSUER])]
    return start(ISSUER, command, stack.home.logs / "issuer.log", folder=stack.home.root)


async def migrate(service: str, environment: Mapping[str, str]) -> None:
    """Make the tables of a service; raises with what it printed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", service, "migrate"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{service} can't migrate:\n{output.decode()[-2000:]}")
