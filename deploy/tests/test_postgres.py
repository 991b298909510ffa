"""PostgreSQL as the stack runs it: also as root, also where its account can't reach the home."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from npp_ops.ports import free_port
from npp_ops.processes import Process
from npp_ops.servers import place
from npp_ops.servers.place import ForeignFolder, Place
from npp_ops.servers.postgres import PostgresServer, stop

ROOT = os.geteuid() == 0


@pytest.fixture
def closed_home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yield home
    place.forget(home)


async def put(server: PostgresServer, *statements: str) -> None:
    connection = await asyncpg.connect(server.admin_url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def asked(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(server.admin_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def crash(process: Process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    assert process.gone_within(10)


async def test_committed_rows_survive_a_crash_and_a_stop(closed_home: Path) -> None:
    server = PostgresServer(Place.inside(closed_home), closed_home / "log", free_port())
    first = server.start()
    await put(server, "create table facts (id int)", "insert into facts values (1)")
    crash(first)
    second = server.start()
    await put(server, "insert into facts values (2)")
    assert stop(second)
    third = server.start()
    try:
        assert await asked(server, "select sum(id) from facts") == 3
        assert await asked(server, "show fsync") == "on"
    finally:
        assert stop(third)


async def test_server_listens_on_loopback_with_passwords_only(closed_home: Path) -> None:
    server = PostgresServer(
        Place.inside(closed_home), closed_home / "log", free_port(), durable=False
    )
    process = server.start()
    try:
        listening = [one.laddr for one in psutil.Process(process.pid).net_connections("inet")]
        assert {address.ip for address in listening} == {"127.0.0.1"}
        hba = "select array_agg(distinct auth_method) from pg_hba_file_rules"
        assert await asked(server, hba) == ["scram-sha-256"]
    finally:
        stop(process)


@pytest.mark.skipif(not ROOT, reason="only root needs another account")
def test_root_lends_a_closed_home_no_server_and_opens_nothing(closed_home: Path) -> None:
    lent = Place.inside(closed_home)
    server = PostgresServer(lent, closed_home / "log", free_port(), durable=False)
    process = server.start()
    try:
        owner = psutil.Process(process.pid).username()
        assert (owner, lent.folder.parent) == ("nobody", Path(tempfile.gettempdir()))
        assert closed_home.stat().st_mode & 0o777 == 0o700
        assert (lent.folder / "data").stat().st_mode & 0o777 == 0o700
    finally:
        stop(process)
    place.forget(closed_home)
    assert not lent.folder.exists()


@pytest.mark.skipif(not ROOT, reason="only root needs another account")
def test_folder_that_somebody_else_put_in_our_way_is_refused(closed_home: Path) -> None:
    trap = place.outside_folder(closed_home)
    trap.mkdir()
    os.chown(trap, 65534, 65534)
    try:
        with pytest.raises(ForeignFolder):
            Place.inside(closed_home)
        place.forget(closed_home)
        assert trap.exists()
    finally:
        trap.rmdir()


@pytest.mark.skipif(not ROOT, reason="only root needs another account")
def test_programs_out_of_reach_are_copied_with_their_libraries(
    closed_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = place._wheel()
    hidden = closed_home / "site-packages"
    hidden.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        (hidden / part.name).symlink_to(part)
    monkeypatch.setattr(place, "_wheel", lambda: hidden / wheel.name)
    lent = Place.inside(closed_home)
    server = PostgresServer(lent, closed_home / "log", free_port(), durable=False)
    assert stop(server.start())
    assert lent.programs.is_relative_to(lent.folder)
