"""Every column of every service says what an erasure does to it: nothing is held unnamed."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.erasing import erase
from chassis.privacy.retention import days_of
from npp_contracts.catalogue import EVENTS
from npp_contracts.publication.privacy import personal_fields
from npp_contracts.publication.schema import schema_of
from npp_ops.operating import wiring
from npp_ops.stack import services
from npp_ops.testing import PostgresForTests

Columns = dict[str, dict[str, str]]
_COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name !~ '^event_log_'
"""
# What a column about a person, or with somebody's words in it, may be called.
_TELLING = re.compile(
    r"learner_id|person|actor|subject|.*email|.*_name|collar_number|.*_by|key|because|.*_because"
    r"|reason|note|title|venue|detail|document|cells|body|payload|facts|target|answers|contributors"
    r"|(assessor|verifier|signer)_id"
)


_GUARDED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity
"""
# What tells of a force or of somebody, and is shown to no caller by itself.
_UNGUARDED = {
    "event_log": "read by the relay and by operators; for a force's officer by its force",
    "programmes": "the nation's, which everybody may read",
    "forgotten_numbers": "keyed hashes, compared across all forces",
    "standings": "which of a learner's attempts count, in whichever force: in no answer",
}


def privacy_of(name: str) -> Privacy:
    found = wiring(name).privacy
    assert found is not None, f"{name} says nothing of what it holds: Service(privacy=...)"
    return found


@pytest.fixture(scope="module", params=services())
async def held(
    request: pytest.FixtureRequest, postgres: PostgresForTests
) -> AsyncIterator[tuple[Privacy, Columns, Database]]:
    service = wiring(request.param)
    database = Database(postgres.database(f"privacy_{service.name}"), scope=EVERY_FORCE, size=1)
    await migrate(database.engine, service.migrations)
    columns: Columns = {}
    for table, column, kind in await database.fetch(_COLUMNS):
        columns.setdefault(table, {})[column] = kind
    yield privacy_of(service.name), columns, database
    await database.close()


def findings(privacy: Privacy, columns: Columns) -> list[str]:
    """What is held and not declared, and what is declared and not held."""
    known = privacy.tables
    found = [f"{table}: neither held nor impersonal" for table in columns.keys() - known]
    found += [f"{table}: there is no such table" for table in known - columns.keys()]
    for holding in privacy.holdings:
        there = set(columns.get(holding.table, ()))
        if holding.columns is not None and holding.columns != there:
            found.append(f"{holding.table}: not as declared: {holding.columns ^ there}")
    for each in privacy.others:
        telling = {name for name in columns.get(each.table, ()) if _tells(name)}
        found += [f"{each.table}.{name}: looks personal" for name in telling - set(each.but)]
        found += [
            f"{each.table}.{name}: no such column"
            for name in set(each.but) - set(columns.get(each.table, ()))
        ]
    return sorted(found)


def _tells(column: str) -> bool:
    return _TELLING.fullmatch(column) is not None


async def test_every_column_is_declared(held: tuple[Privacy, Columns, Database]) -> None:
    privacy, columns, _ = held
    assert findings(privacy, columns) == []


async def test_every_table_with_a_force_or_a_learner_is_guarded_by_the_database(
    held: tuple[Privacy, Columns, Database],
) -> None:
    _, columns, database = held
    guarded = {row[0] for row in await database.fetch(_GUARDED)}
    owned = {
        table
        for table, names in columns.items()
        if any(re.fullmatch(r"force_?ids?|learner_id|sight", name) for name in names)
    }
    assert owned - guarded - _UNGUARDED.keys() == set()
    assert len(owned & guarded) > 4


async def test_a_table_or_a_column_that_nobody_declared_is_found(
    held: tuple[Privacy, Columns, Database],
) -> None:
    privacy, columns, _ = held
    spied = columns | {"spies": {"learner_id": "uuid"}}
    assert findings(privacy, spied) == ["spies: neither held nor impersonal"]
    hidden = replace(privacy, impersonal=[*privacy.impersonal, Impersonal("spies", "nothing")])
    assert findings(hidden, spied) == ["spies.learner_id: looks personal"]
    kept = next(each for each in privacy.holdings if not each.deleted)
    wider = columns | {kept.table: columns[kept.table] | {"nickname": "text"}}
    assert findings(privacy, wider) == [f"{kept.table}: not as declared: {{'nickname'}}"]


async def test_every_eraser_runs_on_the_tables_that_there_are(
    held: tuple[Privacy, Columns, Database],
) -> None:
    privacy, _, database = held
    async with database.transaction() as transaction:
        connection = await transaction.open()
        rows = await erase(connection, privacy.holdings, [])
        assert await erase(connection, privacy.holdings, [], again=True) == rows
    changing = [each.name for each in privacy.holdings if each.deleted or each.erased]
    assert rows == dict.fromkeys(changing, 0)


@pytest.mark.parametrize("name", services())
def test_every_service_and_projection_has_an_eraser(name: str) -> None:
    service, privacy = wiring(name), privacy_of(name)
    groups = {flow.group for flow in service.flows}
    assert name == "enrolment" or f"{name}.privacy" in groups
    assert any(router is privacy.router for router in service.routers)
    assert {chore.__name__ for chore in privacy.chores} <= {
        getattr(chore, "__name__", "") for chore in service.chores
    }
    known = privacy.tables
    for projection in service.projections:
        assert {table.name for table in projection.tables} <= known


@pytest.mark.parametrize("name", services())
def test_every_retention_rule_is_of_a_holding_that_something_is_erased_of(name: str) -> None:
    privacy = privacy_of(name)
    ruled = [each for each in privacy.holdings if each.since is not None]
    assert {each.name for each in ruled} == set(privacy.rules.rules)
    assert all(each.deleted or each.erased for each in ruled)
    assert all(days_of(privacy.rules, each.name) > 0 for each in ruled)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_event_could_bring_back_who_somebody_is(name: str) -> None:
    """The log is never altered: what it has no field for, an erasure need not find in it."""
    assert personal_fields(schema_of(EVENTS[name])) == []


def test_holdings_have_names_of_their_own() -> None:
    for name in services():
        names = [each.name for each in privacy_of(name).holdings]
        assert len(names) == len(set(names))
        assert all(isinstance(each, Holding) and each.what for each in privacy_of(name).holdings)
