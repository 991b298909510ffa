"""The whole stack: up, up again, healed after a crash, beside another, down, clean."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from chassis.issuer_keys import IssuerKeys
from chassis.tokens import TokenVerifier
from npp_ops.down import clean, down
from npp_ops.home import Home
from npp_ops.servers.place import outside_folder
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack
from npp_ops.state import State
from npp_ops.status import servers_status, services_status
from npp_ops.up import up

SERVERS = [KAFKA, POSTGRES, ISSUER]
# Two stand for all: the journeys run the five.
TWO = ["assessment", "portfolio"]


def make(folder: Path) -> Stack:
    folder.mkdir(mode=0o700)
    home = Home(folder, Home.shared_cache())
    return Stack(home, State(home.record))


@pytest.fixture(autouse=True)
def _no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)


@pytest.fixture
def stacks(tmp_path: Path) -> Iterator[tuple[Stack, Stack]]:
    two = make(tmp_path / "one"), make(tmp_path / "two")
    yield two
    for stack in two:
        clean(stack)


def pids(stack: Stack) -> dict[str, int]:
    return {name: one.process.pid for name, one in stack.state.started.items()}


def ips(stack: Stack) -> set[str]:
    listening = [
        one.laddr.ip
        for pid in pids(stack).values()
        for one in psutil.Process(pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    return {ip.removeprefix("::ffff:") for ip in listening}


@pytest.mark.slow
async def test_stack_lives_beside_another_heals_and_is_forgotten(
    stacks: tuple[Stack, Stack],
) -> None:
    one, two = stacks
    assert up(one, TWO) == [*SERVERS, *TWO]
    before = pids(one)
    assert (up(one, TWO), pids(one)) == ([], before)

    assert up(two, only=[]) == SERVERS
    assert not {one.state.ports[name] for name in before} & {
        two.state.ports[name] for name in SERVERS
    }
    assert ips(one) == {"127.0.0.1"}
    assert clean(two) == []

    connection = await asyncpg.connect(one.admin_url)
    await connection.execute("create table kept (id int)")
    await connection.close()
    for name in (KAFKA, POSTGRES):
        os.kill(before[name], signal.SIGKILL)
        assert one.state.started[name].process.gone_within(10)
    assert set(up(one, TWO)) >= {KAFKA, POSTGRES}
    assert all(server["listening"] for server in servers_status(one).values())
    assert all(service.ready for service in await services_status(one, TWO))

    token = one.minter.access_token("somebody", ["iqa"], "kent")
    async with httpx.AsyncClient() as client:
        keys = IssuerKeys(f"{one.url(ISSUER)}/jwks.json", client)
        verifier = TokenVerifier(keys, issuer=one.url(ISSUER), audience="npp")
        assert (await verifier.actor(token)).force_id == "kent"

    ports = dict(one.state.ports)
    running = [started.process for started in one.state.started.values()]
    assert down(one) == []
    assert [process.name for process in running if process.alive()] == []
    up(one, TWO)
    assert one.state.ports == ports
    connection = await asyncpg.connect(one.admin_url)
    assert await connection.fetchval("select to_regclass('kept') is not null")
    await connection.close()

    assert clean(one) == []
    assert [entry.name for entry in one.home.root.iterdir()] == ["lock"]
    assert not outside_folder(one.home.root).exists()
