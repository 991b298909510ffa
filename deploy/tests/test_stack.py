"""The whole stack: up, up again, healed after a crash, beside another, down, clean."""

import os
import signal
import socket
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
from npp_ops.ports import LOOPBACK
from npp_ops.servers.place import outside_folder
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack
from npp_ops.state import State
from npp_ops.status import servers_status, services_status
from npp_ops.up import up

SERVERS = [KAFKA, POSTGRES, ISSUER]
# Two stand for all: the journeys run the five.
TWO = ["assessment", "portfolio"]
pytestmark = pytest.mark.slow


def make(folder: Path) -> Stack:
    folder.mkdir(mode=0o700)
    home = Home(folder, Home.shared_cache())
    return Stack(home, State(home.record))


@pytest.fixture(autouse=True)
def _no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = make(tmp_path_factory.mktemp("stack") / "one")
    yield stack
    clean(stack)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Stack]:
    stack = make(tmp_path / "other")
    yield stack
    clean(stack)


def pids(stack: Stack) -> dict[str, int]:
    return {name: started.process.pid for name, started in stack.state.started.items()}


def listening(stack: Stack) -> bool:
    return all(server["listening"] for server in servers_status(stack).values())


async def fetch(stack: Stack, statement: str) -> object:
    connection = await asyncpg.connect(stack.admin_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_up_starts_everything_and_up_again_nothing(one: Stack) -> None:
    assert up(one, TWO) == [*SERVERS, *TWO]
    before = pids(one)
    assert (up(one, TWO), pids(one)) == ([], before)
    assert [status.ready for status in await services_status(one, TWO)] == [True, True]


async def test_services_accept_what_the_stack_mints(one: Stack) -> None:
    token = one.minter.access_token("somebody", ["iqa"], "kent")
    async with httpx.AsyncClient() as client:
        keys = IssuerKeys(f"{one.url(ISSUER)}/jwks.json", client)
        verifier = TokenVerifier(keys, issuer=one.url(ISSUER), audience="npp")
        assert (await verifier.actor(token)).force_id == "kent"


def test_everything_listens_on_loopback_alone(one: Stack) -> None:
    found = {
        connection.laddr.ip.removeprefix("::ffff:")
        for pid in pids(one).values()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert found == {"127.0.0.1"}


def test_second_stack_lives_and_dies_beside_the_first(one: Stack, other: Stack) -> None:
    before = pids(one)
    assert up(other, only=[]) == SERVERS
    mine = {one.state.ports[name] for name in before}
    assert mine.isdisjoint(other.state.ports[name] for name in SERVERS)
    assert clean(other) == []
    assert listening(one)
    assert pids(one) == before


def test_given_servers_are_used_and_left_running(
    one: Stack, other: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its databases would be those of the first stack, so it gets none: no service is known to it.
    monkeypatch.setattr("npp_ops.up.services", list)
    monkeypatch.setenv("DATABASE_URL", one.admin_url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", one.bootstrap_servers)
    assert up(other, only=[]) == [ISSUER]
    assert clean(other) == []
    assert listening(one)


class Robbed(Stack):
    """A stack whose issuer's port is taken by somebody right after it was chosen."""

    def settle(self) -> None:
        super().settle()
        if not hasattr(self, "thief"):
            self.thief = socket.create_server((LOOPBACK, self.state.ports[ISSUER]))


def test_port_that_is_taken_meanwhile_is_given_up(other: Stack, one: Stack) -> None:
    robbed = Robbed(other.home, other.state)
    assert up(robbed, only=[]) == SERVERS
    with robbed.thief:
        assert robbed.thief.getsockname()[1] != robbed.state.ports[ISSUER]
        assert listening(robbed)


async def test_killed_servers_come_back_with_their_data(one: Stack) -> None:
    await fetch(one, "create table kept (id int)")
    before = pids(one)
    for name in (KAFKA, POSTGRES):
        os.kill(before[name], signal.SIGKILL)
        assert one.state.started[name].process.gone_within(10)
    assert up(one, TWO) == [KAFKA, POSTGRES]
    assert {name: pids(one)[name] for name in TWO} == {name: before[name] for name in TWO}
    assert await fetch(one, "select to_regclass('kept') is not null")
    assert [status.ready for status in await services_status(one, TWO)] == [True, True]


async def test_down_stops_all_and_keeps_ports_and_data(one: Stack) -> None:
    ports = dict(one.state.ports)
    running = [started.process for started in one.state.started.values()]
    assert down(one) == []
    assert [process.name for process in running if process.alive()] == []
    up(one, TWO)
    assert one.state.ports == ports
    assert await fetch(one, "select to_regclass('kept') is not null")


def test_clean_forgets_all_but_the_lock(one: Stack) -> None:
    assert clean(one) == []
    assert [entry.name for entry in one.home.root.iterdir()] == ["lock"]
    assert not outside_folder(one.home.root).exists()
