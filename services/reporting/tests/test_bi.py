"""What a login sees in SQL: what the API answers it, to the digit, and nothing of anybody else."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
from structlog.testing import capture_logs

from chassis.operating.audit import Operator
from chassis.rebuilding import make, promote
from npp_ops.bi.access import CONNECTIONS, NATIONAL, readers
from npp_ops.bi.verifying import FORBIDDEN, verify
from npp_ops.testing import PostgresForTests
from reporting.api.bi.facts import FACTS
from reporting.api.bi.filling import fill_bi, filling
from reporting.api.bi.page import main
from reporting.api.bi.views import OF_FIGURES, views
from reporting.api.figures import FIGURES
from reporting.domain.forces import forces
from reporting.projections.completions import MODULE_COMPLETIONS

from .given import Person
from .reading import PASSWORD, ReaderWorld, of_figures, story
from .world import World, force

OPERATOR = Operator("anna", "a test")


@pytest.fixture(scope="module")
async def filled(postgres: PostgresForTests) -> AsyncIterator[ReaderWorld]:
    """All 43 forces and the nation have a login, and Kent and Essex something to see."""
    async with ReaderWorld(postgres) as world, world.filled(*readers()):
        await world.given(*story())
        await world.filler.refresh()
        yield world


@pytest.fixture(scope="module")
async def one_login(postgres: PostgresForTests) -> AsyncIterator[ReaderWorld]:
    async with ReaderWorld(postgres) as world, world.filled("kent"):
        yield world


@pytest.fixture
async def few(one_login: ReaderWorld) -> ReaderWorld:
    """Kent alone has a login, and sees nothing yet."""
    await one_login.forget()
    await one_login.nothing_kept()
    await one_login.given(*story())
    return one_login


def test_every_figure_has_a_view_and_each_of_its_columns_is_declared() -> None:
    assert {each.figure for each in of_figures()} == FIGURES.keys()
    others = {each.name for each in views() if each.figure is None}
    assert others == {OF_FIGURES, *FACTS}
    for each in views():
        assert each.about
        assert len({column.name for column in each.columns}) == len(each.columns)
        assert all(re.fullmatch("[a-z_]+", column.name) for column in each.columns)


def test_the_page_says_what_the_declaration_says() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize("reader", ["kent", "gwent", NATIONAL])
async def test_every_view_is_what_the_api_answers(filled: ReaderWorld, reader: str) -> None:
    claims = {} if reader == NATIONAL else force(reader)
    for view in of_figures():
        told = await filled.answered(view, **claims)
        assert await filled.shown(view, reader, reader) == told, view.name
        assert told or reader == "gwent", view.name
        names = {each.source for each in view.columns if each.source}
        columns = {*(await filled.figure(str(view.figure), **claims))["columns"], "total"}
        assert names == columns, view.name


async def test_the_nation_sees_what_each_force_sees(filled: ReaderWorld) -> None:
    for view in views():
        mine = await filled.shown(view, "kent", "kent")
        assert await filled.shown(view, NATIONAL, "kent") == mine
        assert mine


async def test_what_stands_beside_the_rows_is_the_apis_too(filled: ReaderWorld) -> None:
    sql = "SELECT * FROM bi.figures WHERE figure = $1 ORDER BY grain, counted_by"
    for reader, claims in (("kent", force("kent")), (NATIONAL, {})):
        async with filled.login(reader) as connection:
            for name in set(FIGURES) - {"freshness"}:
                answer = await filled.figure(name, **claims)
                rows = await connection.fetch(f"{sql}", name)
                row = next(each for each in rows if each["scope"] == reader)
                for field in ("title", "version", "n"):
                    assert row[field] == answer[field], (name, field)
                assert row["words"] == answer["definition"]["words"]
                whole = (answer["denominator"] or {}).get("value")
                assert row["denominator"] == (None if whole is None else pytest.approx(whole))


async def test_counters_add_up_to_the_figures_above_them(filled: ReaderWorld) -> None:
    async with filled.login("kent") as connection:
        days = "SELECT sum(completions), min(module), max(module) FROM bi.module_completion_days"
        (row,) = await connection.fetch(days)
        assert tuple(row) == (12, "only-in-kent", "only-in-kent")
        for counted, wanted in (
            ("sum(portfolios) FROM bi.signature_days", "signed FROM bi.portfolios"),
            ("sum(minutes) FROM bi.attendance_days", "minutes FROM bi.attendance"),
            ("sum(entries) FROM bi.attendance_days", "attended_in_full FROM bi.attendance"),
        ):
            sum_of = await connection.fetchval(f"SELECT {counted}")
            assert sum_of == await connection.fetchval(f"SELECT {wanted} WHERE NOT total")
        reports = "SELECT revision, headcount FROM bi.workforce_reports ORDER BY revision"
        assert [tuple(row) for row in await connection.fetch(reports)] == [(1, 50), (2, 60)]


async def test_43_logins_see_their_own_in_every_view_and_nothing_else(filled: ReaderWorld) -> None:
    for reader in forces():
        async with filled.login(reader) as connection:
            for view in views():
                found = await connection.fetch(f'SELECT * FROM bi."{view.name}"')
                assert {row["scope"] for row in found} <= {reader}
                others = {row.get("force_id") for row in found} - {None, reader, "all"}
                assert others <= ({"national"} if view.name == "sessions" else set())
                if reader not in ("kent", "essex"):
                    assert "only-in" not in str(found)
                if view.name == "headline":
                    assert found
    async with filled.login("essex") as connection:
        found = await connection.fetch("SELECT * FROM bi.module_completions")
        assert ("only-in-essex" in str(found), "kent" in str(found)) == (True, False)


async def test_what_a_login_may_not_is_denied_it(filled: ReaderWorld) -> None:
    verdicts = await verify(filled.readers, None)
    assert [(each.reader, each.wrong) for each in verdicts if each.wrong] == []
    forces_alone = [each for each in verdicts if each.reader != NATIONAL]
    assert sum(each.allowed for each in forces_alone) == 43
    assert sum(each.denied for each in forces_alone) == 43 * 43
    assert {each.others for each in verdicts} == {len(FORBIDDEN)}


async def test_nothing_in_a_session_widens_what_it_sees(filled: ReaderWorld) -> None:
    sql = "SELECT DISTINCT scope FROM bi.forces"
    async with filled.login("kent") as connection:
        for widening in (
            "SET npp.force = '*'",
            "SET row_security = off",
            "SET session_replication_role = replica",
            "SET SESSION AUTHORIZATION DEFAULT",
            f'SET ROLE "{filled.readers.database}"',
            "SET search_path = kept, public",
            "SET default_transaction_read_only = off",
        ):
            try:
                await connection.execute(widening)
            except asyncpg.InsufficientPrivilegeError:
                continue
            if "row_security" in widening:
                # A query that it would have narrowed fails as a whole.
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    await connection.fetch(sql)
            else:
                assert [tuple(row) for row in await connection.fetch(sql)] == [("kent",)]
            await connection.execute("RESET ALL; RESET ROLE")
        for other in (filled.readers.login("essex"), filled.readers.owner):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f'SET SESSION AUTHORIZATION "{other}"')


async def test_no_condition_is_asked_of_rows_of_others(filled: ReaderWorld) -> None:
    """An error, a plan and statistics can tell of rows that a query does not return."""
    async with filled.login("kent") as connection:
        for view in ("headline", OF_FIGURES):
            odd = "CASE scope WHEN 'kent' THEN 1 ELSE 1 / (length(scope) - length(scope)) END"
            await connection.fetch(f"SELECT * FROM bi.{view} WHERE {odd} = 1")
        plan = await connection.fetch("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM bi.headline")
        assert "essex" not in str(plan)
        for catalogue in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            found = await connection.fetch(f"SELECT DISTINCT schemaname FROM {catalogue}")
            assert {row["schemaname"] for row in found} <= {"pg_catalog", "information_schema"}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT starelid FROM pg_statistic")
        told = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace NOT IN"
            " ('pg_catalog'::regnamespace, 'information_schema'::regnamespace,"
            " 'pg_toast'::regnamespace)"
        )
        assert {row["relname"] for row in told} == {
            *(each.name for each in views()),
            *("documents", "documents_pkey"),
        }


async def test_reportings_own_database_would_tell_and_let_more(few: ReaderWorld) -> None:
    """Why readers have another: who may read nothing here would count the nation all the same."""
    await few.run("ANALYZE learners_view")
    login = few.readers.login("kent")
    async with few.readers.administered() as admin:
        await admin.execute(f'GRANT CONNECT ON DATABASE "{few.readers.owner}" TO "{login}"')
    try:
        own = few.readers.url("kent", PASSWORD).removesuffix("_bi")
        connection = await asyncpg.connect(own)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT count(*) FROM public.learners_view")
        counted = "SELECT reltuples::int FROM pg_class WHERE relname = 'learners_view'"
        assert await connection.fetchval(counted) == 24
        assert await connection.fetchval("SELECT pg_try_advisory_lock(7237746)")
        await connection.close()
    finally:
        async with few.readers.administered() as admin:
            await admin.execute(f'REVOKE CONNECT ON DATABASE "{few.readers.owner}" FROM "{login}"')


async def test_comments_are_where_a_tool_looks_for_them(filled: ReaderWorld) -> None:
    sql = "SELECT col_description('bi.funnel'::regclass, attnum) FROM pg_attribute"
    async with filled.login("kent") as connection:
        told = await connection.fetchval(
            f"{sql} WHERE attrelid = $1::regclass AND attname = $2", "bi.funnel", "stalled"
        )
        assert told.startswith("People who got this far")
        assert await connection.fetchval("SELECT obj_description('bi.funnel'::regclass)")


async def test_a_login_has_so_many_connections_and_so_much_time(few: ReaderWorld) -> None:
    # One that nobody has used: an ended connection counts for a moment more.
    await few.let("gwent")
    async with AsyncExitStack() as opened:
        first = await opened.enter_async_context(few.login("gwent"))
        assert await first.fetchval("SHOW statement_timeout") == "30s"
        assert await first.fetchval("SHOW default_transaction_read_only") == "on"
        for _ in range(CONNECTIONS - 1):
            await opened.enter_async_context(few.login("gwent"))
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await asyncpg.connect(few.readers.url("gwent", PASSWORD))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(few.readers.url("kent", PASSWORD).removesuffix("_bi"))
    async with few.readers.administered() as admin:
        await few.readers.end(admin, "gwent")


async def test_only_what_has_changed_is_made_again(few: ReaderWorld) -> None:
    everything = await few.filler.refresh()
    assert everything > len(FIGURES)
    assert await few.filler.refresh() <= 1  # ages of freshness pass
    await few.given(Person("kent").completed("another"))
    again = await few.filler.refresh()
    assert 1 < again < everything
    async with few.login("kent") as connection:
        modules = "SELECT DISTINCT key FROM bi.module_completions WHERE by = 'module' ORDER BY 1"
        assert [key for (key,) in await connection.fetch(modules)] == ["another", "only-in-kent"]


async def test_one_fills_at_a_time_and_makes_the_views_anew_where_they_are_others(
    few: ReaderWorld,
) -> None:
    await few.filler.refresh()
    async with filling(few.system) as second:
        assert not await second.begin()
    async with few.readers.administered(inside=True) as admin:
        await admin.execute("COMMENT ON SCHEMA bi IS 'of another release'; DROP VIEW bi.funnel")
    assert await few.filler.begin()
    await few.filler.refresh()
    async with few.login("kent") as connection:
        assert await connection.fetch("SELECT * FROM bi.funnel")


async def test_a_reader_who_comes_or_goes_is_noticed(few: ReaderWorld) -> None:
    await few.filler.look()
    await few.let("essex")
    await few.filler.look()
    async with few.login("essex") as connection:
        assert await connection.fetch("SELECT * FROM bi.forces")
    async with few.readers.administered() as admin:
        await few.readers.end(admin, "essex")
    await few.filler.refresh()
    async with few.readers.administered(inside=True) as admin:
        scopes = await admin.fetch("SELECT DISTINCT scope FROM kept.documents")
        assert [scope for (scope,) in scopes] == ["kent"]


async def test_what_cannot_be_made_holds_up_no_other(few: ReaderWorld) -> None:
    await few.run("ALTER TABLE module_completions_view RENAME TO elsewhere")
    try:
        with capture_logs() as logged:
            assert await few.filler.refresh() > 5
        assert {"module-completions", "module_completion_days"} <= {
            each["figure"] for each in logged
        }
    finally:
        await few.run("ALTER TABLE elsewhere RENAME TO module_completions_view")
    async with few.login("kent") as connection:
        assert await connection.fetch("SELECT * FROM bi.headline")
        assert not await connection.fetch("SELECT * FROM bi.module_completion_days")
    await few.filler.refresh()
    async with few.login("kent") as connection:
        assert await connection.fetch("SELECT * FROM bi.module_completion_days")


async def test_views_show_the_generation_that_was_promoted(few: ReaderWorld) -> None:
    await few.filler.refresh()
    generation = await make(few.system, MODULE_COMPLETIONS, OPERATOR)
    # What a mended statement might have counted.
    await few.run(
        f"INSERT INTO {generation.schema}.module_completions_view"
        " SELECT force_id, completed_on, 'mended', via, completions FROM module_completions_view"
    )
    sql = "SELECT DISTINCT module FROM bi.module_completion_days"
    async with few.login("kent") as connection:
        await few.filler.refresh()
        assert [module for (module,) in await connection.fetch(sql)] == ["only-in-kent"]
        await promote(few.system, MODULE_COMPLETIONS, OPERATOR, differences_accepted=True)
        await few.count()
        await few.filler.refresh()
        assert [module for (module,) in await connection.fetch(sql)] == ["mended"]
    for view in of_figures():
        told = await few.answered(view, **force("kent"))
        assert await few.shown(view, "kent", "kent") == told, view.name


async def test_without_readers_there_is_nothing_to_do(world: World) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await fill_bi(world.system)
