"""The life of a generation: made, killed at any moment, refused, retired."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table

from chassis.errors import NotFound
from chassis.projection import Projection, Statement
from chassis.rebuilding import (
    Apart,
    GenerationOpen,
    NoGeneration,
    NotAProjection,
    NotCopyable,
    NotOwned,
    ShapesDiffer,
    compare,
    holding,
    make,
    promote,
    retire,
    rollback,
)
from chassis.rebuilding.dependents import Entangled
from chassis.rebuilding.generation import projection_of
from chassis.rebuilding.moving import PromotedAlready
from chassis.rebuilding.store import Retired
from chassis.testing.waiting import eventually
from npp_contracts.portfolio import PortfolioSubmitted
from npp_ops.testing import PostgresForTests

from .rebuilt import GROUP, OPERATOR, Scene, scene
from .specimen.service import FLOW, SERVICE, TALLY

# What an operator's command does, in a process that a failpoint kills.
COMMAND = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from chassis import faults, rebuilding
from chassis.database import EVERY_FORCE, Database
from chassis.operating.audit import Operator
from specimen.service import TALLY

async def main(url, verb):
    target = TALLY.group if verb == "retire" else TALLY
    database = Database(url, scope=EVERY_FORCE, size=2)
    await getattr(rebuilding, verb)(database, target, Operator("anna", "a test"))

faults.arm(f"{sys.argv[4]}:kill", testing=True)
asyncio.run(main(*sys.argv[2:4]))
"""
COMMANDS: dict[str, Callable[..., Awaitable[object]]] = {
    "make": make,
    "promote": promote,
    "rollback": rollback,
}


@pytest.fixture
async def here(postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(holding, "PATIENCE_SECONDS", 0.3)
    async with scene(postgres.database("generations")) as made:
        made.log.grow(60)
        await made.live.catch_up()
        yield made


async def killed(here: Scene, verb: str, point: str) -> None:
    tests = Path(__file__).parent
    url = here.database.engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, str(tests), url, verb, f"generation.{point}"
    )
    assert await process.wait() == -signal.SIGKILL

    async def alone() -> bool:
        sql = "SELECT 1 FROM pg_locks WHERE relation = 'generations'::regclass"
        return not await here.rows(f"{sql} AND pid <> pg_backend_pid()")

    await eventually(alone)


@pytest.mark.parametrize(
    ("verb", "point"),
    [
        ("make", "making"),
        ("promote", "compared"),
        ("promote", "swapped"),
        ("promote", "before-commit"),
        ("rollback", "before-commit"),
        ("retire", "retiring"),
    ],
)
async def test_a_command_that_is_killed_has_done_nothing(
    here: Scene, verb: str, point: str
) -> None:
    if verb != "make":
        await (await here.aside()).catch_up()
    if verb == "rollback":
        await promote(here.database, TALLY, OPERATOR)
    before = await everything(here)
    await killed(here, verb, point)
    assert await everything(here) == before
    if verb == "retire":
        await retire(here.database, GROUP, OPERATOR)
    else:
        await COMMANDS[verb](here.database, TALLY, OPERATOR)
    assert await here.tables() == here.expected()


async def test_a_promotion_that_is_killed_after_its_commit_is_done(here: Scene) -> None:
    aside = await here.aside()
    await aside.catch_up()
    await killed(here, "promote", "after-commit")
    with pytest.raises(PromotedAlready):
        await promote(here.database, TALLY, OPERATOR)
    here.log.grow(60)
    await here.live.catch_up()
    await aside.catch_up()
    assert await here.tables() == await here.tables("build_1") == here.expected()


async def everything(here: Scene) -> list[object]:
    """Which table lies where, who remembers what, and what was noted."""
    return [
        await here.rows(sql)
        for sql in (
            "SELECT oid, relnamespace::text FROM pg_class WHERE relname LIKE '%_view%' ORDER BY 1",
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'build%'",
            "SELECT * FROM streams ORDER BY 1",
            "SELECT * FROM checkpoints ORDER BY 1, 2, 3",
            "SELECT n, state FROM generations ORDER BY 1",
            "SELECT count(*) FROM operations",
        )
    ]


async def test_there_is_one_at_a_time_of_a_projection(here: Scene) -> None:
    both = [make(here.database, TALLY, OPERATOR) for _ in range(2)]
    made = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in made) == ["Generation", "GenerationOpen"]
    with pytest.raises(GenerationOpen) as refused:
        await make(here.database, TALLY, OPERATOR)
    assert refused.value.facts["state"] == "building"


async def test_one_that_is_behind_is_refused_with_how_far(here: Scene) -> None:
    aside = await here.aside()
    await aside.step(1)
    done = sum((await here.offsets(aside.consumer.group)).values())
    for exchange in (compare(here.database, TALLY), promote(here.database, TALLY, OPERATOR)):
        with pytest.raises(Apart) as apart:
            await exchange
        assert apart.value.facts["behind"] == here.log.end() - done
    assert await here.tables() == here.expected()


async def test_one_that_is_far_behind_holds_nobody(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.aside()
    monkeypatch.setattr(holding, "NEAR", 10)
    async with here.database.transaction() as batch:
        await batch.connection.execute("SELECT FROM checkpoints FOR UPDATE")
        with pytest.raises(Apart):
            await asyncio.wait_for(compare(here.database, TALLY), 10)


async def test_a_flow_is_refused_and_so_is_a_name_that_nobody_has() -> None:
    assert projection_of(SERVICE, GROUP) is TALLY
    with pytest.raises(NotAProjection):
        projection_of(SERVICE, FLOW.group)
    with pytest.raises(NotFound):
        projection_of(SERVICE, "specimen.other")


async def test_what_was_retired_is_gone_and_writes_nothing_any_more(here: Scene) -> None:
    with pytest.raises(NoGeneration):
        await retire(here.database, GROUP, OPERATOR)
    aside = await here.aside()
    await aside.step(2)
    generation = await retire(here.database, GROUP, OPERATOR)
    with pytest.raises(Retired):
        await aside.step(2)
    assert await here.tables() == here.expected()
    for table in ("streams", "checkpoints", "parked_events", "dead_letters"):
        sql = f"SELECT 1 FROM {table} WHERE consumer_group = '{generation.aside}'"
        assert await here.rows(sql) == []
    assert await here.rows("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'build%'") == []
    again = await here.aside()
    assert again.consumer.group == f"{GROUP}@2"
    await again.catch_up()
    assert (await compare(here.database, TALLY)).differences == []


async def test_after_a_promotion_the_former_tables_are_what_is_retired(here: Scene) -> None:
    await (await here.aside()).catch_up()
    await promote(here.database, TALLY, OPERATOR)
    await retire(here.database, GROUP, OPERATOR)
    here.log.grow(60)
    await here.live.catch_up()
    assert await here.tables() == here.expected()


async def test_a_statement_that_touches_what_it_does_not_own_is_refused(here: Scene) -> None:
    half = Projection(GROUP, tables=TALLY.tables[:1], on=TALLY.on)
    with pytest.raises(NotOwned) as refused:
        await make(here.database, half, OPERATOR)
    assert refused.value.facts["tables"] == ["latest_view"]
    assert await here.rows("SELECT 1 FROM generations") == []


async def test_a_copy_has_keys_indexes_policies_grants_and_room_as_the_live_one(
    here: Scene,
) -> None:
    await here.run(
        "CREATE TABLE odd_view (id bigint GENERATED ALWAYS AS IDENTITY, force_id text NOT NULL,"
        ' "Count" integer DEFAULT 7 CHECK ("Count" > 0), CONSTRAINT odd_key PRIMARY KEY (id))'
        " WITH (fillfactor = 40)"
    )
    await here.run('CREATE UNIQUE INDEX odd_words ON odd_view (lower(force_id)) WHERE "Count" > 1')
    await here.run("ALTER TABLE odd_view ENABLE ROW LEVEL SECURITY")
    await here.run("ALTER TABLE odd_view FORCE ROW LEVEL SECURITY")
    seen = "force_id IN (SELECT force_id FROM tally_view)"
    await here.run(f"CREATE POLICY scope ON odd_view USING ({seen}) WITH CHECK (true)")
    await here.run("GRANT SELECT ON odd_view TO PUBLIC")
    odd = Table("odd_view", MetaData())
    keep = Statement("force_id text", "INSERT INTO odd_view (force_id) SELECT force_id FROM fresh")
    tables = [*TALLY.tables, odd]
    await make(here.database, Projection(GROUP, tables, {PortfolioSubmitted: [keep]}), OPERATOR)
    live, aside = [await described(here, schema) for schema in ("public", "build_1")]
    assert live == aside
    assert len(live) == 6


async def described(here: Scene, schema: str) -> list[str]:
    """All that PostgreSQL says of the odd table, with names as they are in its schema."""
    async with here.database.transaction() as within:
        await within.connection.execute(f"SET LOCAL search_path = {schema}")
        oid = f"'{schema}.odd_view'::regclass"
        rows = await within.connection.fetch(
            f"""
            SELECT concat(reloptions, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class
            WHERE oid = {oid}
            UNION ALL SELECT concat(conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE conrelid = {oid} AND contype <> 'n'
            UNION ALL SELECT pg_get_indexdef(indexrelid, 0, true) FROM pg_index
            WHERE indrelid = {oid}
            UNION ALL SELECT concat(policyname, roles, cmd, qual, with_check) FROM pg_policies
            WHERE schemaname = '{schema}' AND tablename = 'odd_view'
            """
        )
    return sorted(row[0] for row in rows)


async def test_views_and_policies_elsewhere_see_what_is_live(here: Scene) -> None:
    await here.run("CREATE SCHEMA bi")
    await here.run(
        "CREATE VIEW bi.tally WITH (security_invoker = true)"
        " AS SELECT force_id, submitted FROM tally_view"
    )
    await here.run("CREATE TABLE other (force_id text)")
    seen = "force_id IN (SELECT force_id FROM tally_view WHERE submitted > 1000000)"
    await here.run(f"CREATE POLICY scope ON other USING ({seen}) WITH CHECK (true)")
    await here.run("ALTER TABLE other ENABLE ROW LEVEL SECURITY")
    await here.run("ALTER TABLE other FORCE ROW LEVEL SECURITY")
    await here.run("INSERT INTO other SELECT force_id FROM tally_view")
    await (await here.aside()).catch_up()
    await here.run("UPDATE build_1.tally_view SET submitted = submitted + 1000000")
    assert await here.rows("SELECT 1 FROM other") == []
    await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
    assert await here.rows("SELECT 1 FROM bi.tally WHERE submitted < 1000000") == []
    assert await here.rows("SELECT 1 FROM other") != []
    (options,) = await here.rows("SELECT reloptions FROM pg_class WHERE relname = 'tally'")
    assert options == (["security_invoker=true"],)


async def test_what_would_be_left_behind_is_refused(here: Scene) -> None:
    await (await here.aside()).catch_up()
    await here.run("CREATE MATERIALIZED VIEW frozen AS SELECT * FROM tally_view")
    with pytest.raises(Entangled):
        await promote(here.database, TALLY, OPERATOR)
    await here.run("DROP MATERIALIZED VIEW frozen")
    await here.run("ALTER TABLE tally_view ADD COLUMN since date")
    with pytest.raises(ShapesDiffer) as refused:
        await promote(here.database, TALLY, OPERATOR)
    assert refused.value.facts["tables"] == ["tally_view"]
    await retire(here.database, GROUP, OPERATOR)
    await here.run("CREATE TABLE serial_view (id serial, force_id text)")
    serial = Projection(GROUP, [Table("serial_view", MetaData())], TALLY.on)
    with pytest.raises(NotCopyable):
        await make(here.database, serial, OPERATOR)
    await here.run("CREATE TABLE child (force_id text REFERENCES tally_view)")
    with pytest.raises(NotCopyable):
        await make(here.database, TALLY, OPERATOR)
