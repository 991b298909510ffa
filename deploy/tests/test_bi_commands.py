"""npp bi as somebody types it: a login made, used by its owner, verified, renewed and ended."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml  # type: ignore[import-untyped]
from typer.testing import CliRunner

from chassis.errors import Refusal
from chassis.testing.service import ServiceUnderTest
from chassis.testing.waiting import eventually
from npp_contracts.envelope import Envelope
from npp_contracts.testing import all_examples
from npp_ops.bi.access import Readers
from npp_ops.bi.errors import LoginExists, LoginUnknown, ReaderUnknown
from npp_ops.cli import build
from npp_ops.servers.databases import plain
from npp_ops.stack import Stack
from npp_ops.tenants.errors import FolderNeeded, OneChoice
from npp_ops.testing import PostgresForTests
from reporting.api.bi.filling import fill_bi
from reporting.app import SERVICE
from reporting.projections import PROJECTIONS
from reporting.tallies.counting import count

DEPLOY = Path(__file__).parents[1]
WHY = ["--because", "a test", "--by", "anna"]
ANALYST = {"roles": ["force-analyst"], "force_id": "kent"}


class Typed:
    """The commands, on a stack of reporting's database."""

    def __init__(self, url: str, readers: Readers) -> None:
        self.url = url
        self.readers = readers
        self._before = len(self._operations())

    def run(self, *arguments: str) -> tuple[int, Any]:
        result = CliRunner().invoke(build(), ["bi", *arguments, "--json"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout) if result.stdout else None

    def created(self, reader: str) -> str:
        """Its password."""
        code, (told,) = self.run("create", reader, *WHY)
        assert (code, told["user"]) == (0, self.readers.login(reader))
        return str(told["password"])

    def filled(self, force_id: str) -> dict[str, Any]:
        """Everything is brought up to date; the funnel as the API answers it to that force."""

        async def fill() -> dict[str, Any]:
            async with ServiceUnderTest(SERVICE, self.url) as it:
                await _given(it, force_id)
                working = asyncio.create_task(fill_bi(it.system))
                await eventually(lambda: self._has_all(force_id), 120)
                working.cancel()
                headers = it.issuer.bearer(**ANALYST)
                answer = await it.client.get("/figures/funnel.json", headers=headers)
                told: dict[str, Any] = answer.json()
                return told

        return asyncio.run(fill())

    async def _has_all(self, reader: str) -> bool:
        """Whether the last thing has been kept that is kept for the last reader of a round."""
        sql = "SELECT true FROM kept.documents WHERE scope = $1 AND figure = 'workforce_reports'"
        async with self.readers.administered(inside=True) as admin:
            if not await admin.fetchval("SELECT true FROM pg_views WHERE schemaname = 'bi'"):
                return False
            return bool(await admin.fetchval(sql, reader))

    async def connect(self, reader: str, password: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.readers.url(reader, password))

    def opens(self, reader: str, password: str) -> bool:
        async def tried() -> bool:
            try:
                await (await self.connect(reader, password)).close()
            except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
                return False
            return True

        return asyncio.run(tried())

    def operations(self) -> list[tuple[str, str, str]]:
        """Those of this test."""
        return self._operations()[self._before :]

    def _operations(self) -> list[tuple[str, str, str]]:
        async def ask() -> list[tuple[str, str, str]]:
            world = ServiceUnderTest(SERVICE, self.url)
            try:
                sql = "SELECT command, target, actor FROM operations ORDER BY id"
                return [tuple(row) for row in await world.rows(sql)]
            finally:
                await world.close()

        return asyncio.run(ask())

    async def forget(self) -> None:
        name = self.readers.database
        async with self.readers.administered() as admin:
            for each in await self.readers.there(admin):
                await self.readers.end(admin, each)
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'DROP ROLE IF EXISTS "{name}"')


async def _given(it: ServiceUnderTest, force_id: str) -> None:
    """The examples of all events, as if they were this force's."""
    by_topic: dict[str, list[Envelope]] = {}
    for each in all_examples():
        if each.event.force_id != "national" and each.event.topic.name.startswith("npp."):
            event = each.event.model_copy(update={"force_id": force_id})
            said = Envelope.of(
                event,
                id=each.envelope.id,
                time=each.envelope.time,
                sequence=len(by_topic.get(event.topic.name, [])) + 1,
                correlationid="t",
            )
            by_topic.setdefault(event.topic.name, []).append(said)
    for batch in by_topic.values():
        for projection in PROJECTIONS:
            await it.apply(projection, *batch)
    async with it.system.outside() as connection:
        await count(connection)


@pytest.fixture(scope="module")
def url(postgres: PostgresForTests) -> str:
    found = postgres.database("bi")

    async def migrated() -> None:
        async with ServiceUnderTest(SERVICE, found):
            pass

    asyncio.run(migrated())
    return found


@pytest.fixture
def typed(
    tmp_path: Path, postgres: PostgresForTests, url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Typed]:
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    monkeypatch.setenv("PSEUDONYM_SECRET", "a secret of the tests of reporting")
    monkeypatch.setenv("WEBHOOK_SECRET", "another secret of the tests of reporting")
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: url)
    monkeypatch.setattr(Stack, "admin_url", plain(postgres.admin_url))
    made = Typed(url, Readers.beside(postgres.admin_url, url))
    yield made
    asyncio.run(made.forget())


def test_kent_reads_its_funnel_and_it_is_the_apis_to_the_digit(typed: Typed) -> None:
    password = typed.created("kent")
    told = typed.filled("kent")
    names = told["columns"]

    async def read() -> list[dict[str, Any]]:
        connection = await typed.connect("kent", password)
        rows = await connection.fetch(
            f"SELECT {', '.join(names)} FROM bi.funnel WHERE per = 'force' ORDER BY line"
        )
        await connection.close()
        return [dict(row) for row in rows]

    wanted = [{name: each[name] for name in names} for each in (*told["rows"], *told["totals"])]
    assert any(each["reached"] for each in wanted)
    found = asyncio.run(read())
    assert [{**each, "percent": each["percent"] and float(each["percent"])} for each in found] == [
        {**each, "median_days": each["median_days"]} for each in wanted
    ]


def test_every_query_of_the_dashboard_answers_a_force(typed: Typed) -> None:
    password = typed.created("kent")
    typed.filled("kent")
    board = json.loads((DEPLOY / "grafana/bi.json").read_text())
    (variable,) = board["templating"]["list"]
    queries = [target["rawSql"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) == len(board["panels"])

    async def asked() -> list[int]:
        connection = await typed.connect("kent", password)
        scopes = [scope for (scope,) in await connection.fetch(variable["query"])]
        assert scopes == ["kent"]
        counts = [len(await connection.fetch(_as_grafana_asks(each))) for each in queries]
        await connection.close()
        return counts

    assert sum(count > 0 for count in asyncio.run(asked())) > len(queries) / 2


def _as_grafana_asks(sql: str) -> str:
    """Its variable and its one macro in their place."""
    sql = sql.replace("${scope:sqlstring}", "'kent'")
    sql = re.sub(
        r"\$__timeFilter\(([^)]*)\)", r"\1 BETWEEN '2020-01-01T00:00:00Z' AND '2036-01-01'", sql
    )
    assert "$" not in sql
    return sql


def test_the_data_source_takes_what_a_login_is_handed_as(typed: Typed, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    code, (told,) = typed.run("create", "kent", "--to", str(folder), *WHY)
    assert code == 0
    assert set(told) == {"reader", "user", "address", "database", "file"}
    file = Path(told["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    given = dict(line.split("=", 1) for line in file.read_text().splitlines())
    source = (DEPLOY / "grafana/provisioning/datasources/bi.yaml").read_text()
    assert set(re.findall(r"\$(\w+)", source)) == given.keys()
    (found,) = yaml.safe_load(source)["datasources"]
    board = json.loads((DEPLOY / "grafana/bi.json").read_text())
    assert {each["datasource"]["uid"] for each in board["panels"]} == {found["uid"]}
    assert typed.opens("kent", given["NPP_BI_PASSWORD"])


def test_all_are_made_at_once_each_in_a_file_of_its_own(typed: Typed, tmp_path: Path) -> None:
    code, told = typed.run("create", "--all", "--to", str(tmp_path / "handed"), *WHY)
    assert (code, len(told)) == (0, 44)
    assert len({Path(each["file"]).read_text() for each in told}) == 44
    listed = typed.run("list")[1]
    assert [each["has_login"] and each["as_it_should_be"] for each in listed] == [True] * 44


def test_logins_are_verified_and_a_right_too_many_is_found(typed: Typed) -> None:
    for reader in ("kent", "essex"):
        typed.created(reader)
    typed.filled("kent")
    code, found = typed.run("verify", "--all")
    assert (code, found["wrong"]) == (0, [])
    assert (found["logins"], found["allowed"], found["denied"]) == (2, 2, 2 * 43)

    async def widened() -> None:
        async with typed.readers.administered(inside=True) as admin:
            await admin.execute(f'GRANT USAGE ON SCHEMA kept TO "{typed.readers.login("kent")}"')
            await admin.execute(
                f'GRANT SELECT ON kept.documents TO "{typed.readers.login("kent")}"'
            )
        async with typed.readers.administered() as admin:
            await admin.execute(f'ALTER ROLE "{typed.readers.login("essex")}" BYPASSRLS')

    asyncio.run(widened())
    code, found = typed.run("verify", "kent")
    assert code == 1
    assert {tuple(each[:3]) for each in found["wrong"]} == {
        ("kent", "reach", "kept.documents"),
        ("kent", "do", "TABLE kept.documents"),
    }
    wrong = [each["reader"] for each in typed.run("list")[1] if not each["as_it_should_be"]]
    assert wrong == ["essex"]

    async def narrowed() -> None:
        async with typed.readers.administered(inside=True) as admin:
            await admin.execute(
                f'REVOKE ALL ON kept.documents FROM "{typed.readers.login("kent")}";'
                f'REVOKE ALL ON SCHEMA kept FROM "{typed.readers.login("kent")}"'
            )

    asyncio.run(narrowed())


def test_who_is_connected_is_cut_off_by_a_new_password_and_by_the_end(typed: Typed) -> None:
    password = typed.created("kent")

    async def while_connected(*arguments: str) -> Any:
        connection = await typed.connect("kent", password)
        _, told = await asyncio.to_thread(typed.run, *arguments, "kent", *WHY)
        with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
            await connection.fetchval("SELECT 1")
        return told

    (told,) = asyncio.run(while_connected("rotate"))
    assert (typed.opens("kent", password), typed.opens("kent", told["password"])) == (False, True)
    password = told["password"]
    asyncio.run(while_connected("revoke"))
    assert not typed.opens("kent", password)
    (kent,) = [each for each in typed.run("list")[1] if each["reader"] == "kent"]
    assert (kent["has_login"], kent["by"]) == (False, "anna")
    assert [each[:2] for each in typed.operations()] == [
        (f"bi {command}", "kent") for command in ("create", "rotate", "revoke")
    ]


def test_what_is_typed_wrong_is_refused_and_changes_nothing(typed: Typed) -> None:
    refused: list[tuple[type[Refusal], list[str]]] = [
        (ReaderUnknown, ["create", "rutland", *WHY]),
        (ReaderUnknown, ["verify", "rutland"]),
        (ReaderUnknown, ["revoke", '" SUPERUSER', *WHY]),
        (LoginUnknown, ["rotate", "kent", *WHY]),
        (LoginUnknown, ["revoke", "kent", *WHY]),
        (LoginUnknown, ["verify", "kent"]),
        (OneChoice, ["create", *WHY]),
        (OneChoice, ["create", "kent", "--all", "--to", "x", *WHY]),
        (OneChoice, ["verify"]),
        (OneChoice, ["verify", "kent", "--all"]),
        (FolderNeeded, ["create", "--all", *WHY]),
    ]
    for kind, arguments in refused:
        with pytest.raises(kind):
            typed.run(*arguments)
    assert typed.operations() == []
    typed.created("kent")
    with pytest.raises(LoginExists):
        typed.run("create", "kent", *WHY)
