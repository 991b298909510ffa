"""A force never gets another force's row: not as JSON, CSV, page or stream, nor by an ETag."""

from contextlib import suppress
from uuid import NAMESPACE_DNS, uuid5

import pytest
from sqlalchemy import text

from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.domain.forces import forces
from reporting.store import metadata

from .given import Person, file_taken, people, still_waiting, workforce
from .world import ANALYST, World, force, row

OTHERS = sorted(set(forces()) - {"kent"})


@pytest.fixture
async def two_forces(world: World) -> World:
    """Kent and Essex have something in every read model."""
    events: list[Event] = [workforce("kent", 50), workforce("essex", 77)]
    events += [file_taken("kent", refused=31), file_taken("essex", refused=47, unmatched=43)]
    events += [still_waiting("kent", 3), still_waiting("essex", 59)]
    for person in (*people(6, "kent"), *people(6, "essex")):
        events += [
            *person.certified(),
            *person.attended(),
            person.completed(f"only-in-{person.force_id}"),
            person.part_completed(),
            person.result("baseline", 40),
        ]
    await world.given(*events)
    return world


@pytest.mark.parametrize("kind", ["json", "csv"])
@pytest.mark.parametrize("name", FIGURES)
async def test_files_of_a_force_name_no_other(two_forces: World, name: str, kind: str) -> None:
    for query in ("", "?by=force&period=day"):
        answer = await two_forces.get(f"/figures/{name}.{kind}{query}", **force("kent"))
        assert answer.status_code == 200
        leaks = [each for each in (*OTHERS, "only-in-essex", "77") if f'"{each}' in answer.text]
        assert leaks == []
        assert "essex" not in answer.text.lower()


async def test_the_nation_would_have_leaked(two_forces: World) -> None:
    assert "only-in-essex" in (await two_forces.get("/figures/module-completions.csv")).text
    assert row(await two_forces.figure("headline"), force_id="essex")["denominator"] == 77


async def test_the_page_of_a_force_names_no_other(two_forces: World) -> None:
    page = (await two_forces.get("/?by=force", **force("kent"))).text
    assert "Kent Police" in page
    assert "essex" not in page.lower()
    assert not [
        each for each in forces().values() if each.name != "Kent Police" and each.name in page
    ]


class _Undo(Exception):
    """Ends a transaction of which nothing may stay."""


_OWNED = text("""
SELECT table_name, array_agg(column_name::text) FROM information_schema.columns c
WHERE table_schema = 'public' AND table_name !~ '^event_log_'
  AND (is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
       OR column_name IN ('force_id', 'learner_id'))
GROUP BY table_name HAVING bool_or(column_name IN ('force_id', 'forceid', 'sight', 'learner_id'))
""")
_KINDS = text("""
SELECT column_name, udt_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :table
""")
_FOREIGN = text("""
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
""")
_VALUES = {"date": "'2026-06-01'", "timestamptz": "now()", "bool": "false", "bytea": "''"}
# Neither a force's own rows nor its people's are told of it by the table itself.
FOR_NO_FORCE = {"holds", "tally_touched"}
NOT_GUARDED = {
    "event_log": "read by relay and operators; for an officer by its force, in the query"
}


def _value(column: str, kind: str, of: str) -> str:
    """Anything of that type that is this force's alone."""
    if column in ("force_id", "forceid", "sight"):
        return f"'{{{of}}}'" if kind.startswith("_") else f"'{of}'"
    if kind == "uuid":
        return f"'{uuid5(NAMESPACE_DNS, of)}'"
    if kind.startswith(("int", "numeric")):
        return str(len(of))
    if kind.startswith(("_", "json")):
        return "'{}'"
    return _VALUES.get(kind, f"'x {of}'")


async def test_the_database_keeps_the_forces_apart_by_itself(world: World) -> None:
    """Every table that names a force or a learner, found by the catalogue, with a row of each."""
    seen: dict[tuple[str, str], int] = {}
    tables: dict[str, list[str]] = {}
    with suppress(_Undo):
        async with world.system.connection() as connection:
            tables |= {row[0]: row[1] for row in await connection.execute(_OWNED)}
            for (drop,) in (await connection.execute(_FOREIGN)).all():
                await connection.execute(text(drop))
            for table, columns in tables.items():
                asked = await connection.execute(_KINDS, {"table": table})
                kinds: dict[str, str] = {row[0]: row[1] for row in asked}
                names = ", ".join(f'"{each}"' for each in columns)
                for of in ("kent", "suffolk"):
                    values = ", ".join(_value(each, kinds[each], of) for each in columns)
                    await connection.execute(
                        text(f"INSERT INTO {table} ({names}) VALUES ({values})")
                    )
            for scope in ("kent", "surrey", "*"):
                await connection.execute(text(f"SELECT set_config('npp.force', '{scope}', true)"))
                for table in tables:
                    found = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
                    seen[table, scope] = len(found)
                    assert "suffolk" not in str(found) or scope == "*" or table in NOT_GUARDED
            raise _Undo
    assert {"cut_figures", "cut_parts", "return_confirmations", "erasures"} <= tables.keys()
    assert set(metadata.tables) - tables.keys() == {"freshness_view"}
    for table in tables.keys() - NOT_GUARDED.keys():
        mine = 0 if table in FOR_NO_FORCE else 1
        assert [seen[table, each] for each in ("kent", "surrey", "*")] == [mine, 0, 2], table


async def test_what_was_published_is_for_who_sees_every_force(two_forces: World) -> None:
    await two_forces.figure("forces", **ANALYST)
    for scope, seen in (("kent", False), ("national", False), ("*", True)):
        async with two_forces.database.connection(scope, read_only=True) as connection:
            found = await connection.execute(text("SELECT known FROM disclosures"))
            assert bool(found.all()) is seen


async def test_rows_without_a_force_follow_their_person(two_forces: World) -> None:
    mover = Person("kent")
    await two_forces.given(*mover.certified(), mover.transferred("surrey"))
    sql = text(f"SELECT count(*) FROM enrolments_view WHERE learner_id = '{mover.learner_id}'")
    for scope, count in (("kent", 0), ("surrey", 1)):
        async with two_forces.database.connection(scope, read_only=True) as connection:
            assert (await connection.execute(sql)).scalar() == count


async def test_an_etag_of_one_sight_says_nothing_in_another(two_forces: World) -> None:
    path = "/figures/forces.json"
    tags = {
        (await two_forces.get(path, **claims)).headers["etag"]
        for claims in ({}, ANALYST, force("kent"), force("essex"))
    }
    assert len(tags) == 4
    theirs = (await two_forces.get(path, **force("essex"))).headers["etag"]
    mine = await two_forces.get(path, {"If-None-Match": theirs}, **force("kent"))
    assert mine.status_code == 200


async def test_another_forces_news_changes_nothing_that_a_force_reads(two_forces: World) -> None:
    before = await two_forces.figure("forces", **force("kent"))
    await two_forces.given(*Person("essex").certified())
    after = await two_forces.figure("forces", **force("kent"))
    assert (after["rows"], after["totals"]) == (before["rows"], before["totals"])


async def test_a_force_is_not_told_how_much_happened_in_all(two_forces: World) -> None:
    figure = await two_forces.figure("freshness", **force("kent"))
    assert {each["events"] for each in figure["rows"]} == {None}
    assert figure["n"] is None


async def test_analysts_of_the_nation_get_no_small_numbers(two_forces: World) -> None:
    await two_forces.given(*(each.registered() for each in people(3, "surrey")))
    exact, careful = await two_forces.figure("forces"), await two_forces.figure("forces", **ANALYST)
    assert row(exact, force_id="surrey")["registered"] == 3
    surrey = row(careful, force_id="surrey")
    assert (surrey["registered"], surrey["suppressed"]) == (None, ["registered"])
    # Nobody of Kent or Essex is not enrolled, so that their numbers protect nobody of Surrey.
    assert [row(careful, force_id=each)["registered"] for each in ("kent", "essex")] == [6, 6]
    assert (careful["totals"]["registered"], careful["n"]) == (None, None)
    csv = (await two_forces.get("/figures/forces.csv", **ANALYST)).text
    assert "surrey,Surrey Police,South East,[c],0" in csv


async def test_no_two_answers_to_an_analyst_give_somebody_away_by_their_difference(
    two_forces: World,
) -> None:
    first = await two_forces.figure("portfolios", **ANALYST)
    assert (first["n"], first["totals"]["signed"]) == (12, 12)
    await two_forces.given(*(event for each in people(2, "surrey") for event in each.certified()))
    second = await two_forces.figure("portfolios", **ANALYST)
    # Kent and Essex have been shown and are as they were: only the sums can hide the two.
    assert [row(second, force_id=each)["signed"] for each in ("kent", "essex")] == [6, 6]
    assert row(second, force_id="surrey")["signed"] is None
    assert (second["n"], second["totals"]["signed"]) == (None, None)
    headline = await two_forces.figure("headline", **ANALYST)
    assert (headline["numerator"], headline["percent"]) == (None, None)
    stream = await two_forces.get("/figures/freshness.json", **ANALYST)
    assert {each["events"] for each in stream.json()["rows"]} == {None}


async def test_an_analyst_may_not_look_at_days_beside_months(two_forces: World) -> None:
    answer = await two_forces.get("/figures/module-completions.csv?period=day", **ANALYST)
    assert (answer.status_code, answer.json()["code"]) == (403, "filter-would-unmask")
    assert "only-in-essex" not in answer.text
    page = await two_forces.get("/programme?period=day", **ANALYST)
    assert (page.status_code, "By month" in page.text, "By day" in page.text) == (200, True, False)


async def test_a_force_compares_itself_with_the_nation_once_five_others_are_in_it(
    two_forces: World,
) -> None:
    async def told(force_id: str) -> object:
        return (await two_forces.figure("headline", **force(force_id)))["national"]

    withheld = {"numerator": None, "percent": None, "suppressed": True}
    assert await told("kent") == withheld
    for others in ("surrey", "sussex", "norfolk"):
        certified = [event for each in people(6, others) for event in each.certified()]
        await two_forces.given(workforce(others, 100), *certified)
    # Signed for by a force that has not said how many staff it has: in neither number.
    unreported = [event for each in people(9, "suffolk") for event in each.certified()]
    await two_forces.given(*unreported)
    assert await told("kent") == withheld
    rough = {"denominator": {"value": 430}, "numerator": 30, "percent": 7, "suppressed": False}
    assert await told("suffolk") == rough
    await two_forces.given(workforce("suffolk", 80))
    rough = {"denominator": {"value": 510}, "numerator": 40, "percent": 8, "suppressed": False}
    assert await told("kent") == rough
