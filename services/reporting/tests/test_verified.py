"""`npp verify` against read models: all that people read is worked out from the log, and held."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any, get_args

import pytest

from chassis.clock import now
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.completions import KEYS, PERIODS
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.events import GROUPS
from npp_ops.simulate.ledger.ledger import Ask
from npp_ops.simulate.ledger.shapes import cut
from npp_ops.simulate.log.ledger import FIGURES as KNOWN
from npp_ops.simulate.log.ledger import asks, document, expected, shape_of
from npp_ops.simulate.log.others import PER
from npp_ops.simulate.log.sight import sights
from npp_ops.simulate.log.standing import Moment, standing
from npp_ops.simulate.log.told import Log
from npp_ops.simulate.plan.plan import make_plan
from npp_ops.simulate.verify import pages
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.figures import Figures, analysts, spreadsheets
from reporting.api.figures import FIGURES
from reporting.api.figures.reader import Choices
from reporting.api.pages.plan import PAGES
from reporting.domain.definitions import DEFINITIONS
from reporting.projections import PROJECTIONS
from reporting.projections.completions import By, Period
from reporting.projections.way import Per
from reporting.store import metadata
from reporting.tallies.every import TALLIES

from .given import file_taken, workforce
from .invented import events_of
from .verifying import ACTORS, asking, recorded
from .world import World

# Numbers of a document that are no count of anything: the rule that its words speak of, how a
# figure was drawn, what age it has.
BESIDE = (
    *("version", "definition", "freshness", "interval", "suppressed", "denominator.oldest"),
    *("age_seconds", "lag_seconds", "parameters"),
)


def test_every_figure_version_and_parameter_is_known_to_verify() -> None:
    assert {name: set(each) for name, each in KNOWN.items()} == {
        name: set(recipe.build) for name, recipe in FIGURES.items()
    }
    assert {name: set(each) for name, each in DEFINITIONS.items()} == {
        name: set(recipe.build) for name, recipe in FIGURES.items()
    }
    assert {each.name for each in fields(Choices)} == {"period", "by", "per", "version"}
    assert set(PERIODS) == set(get_args(Period))
    assert set(KEYS) == set(get_args(By))
    assert set(PER) == set(get_args(Per))
    assert set(GROUPS) == {each.group for each in PROJECTIONS}


def test_every_panel_is_known_to_verify() -> None:
    panels = {panel.id for page in PAGES.values() for panel in page.panels}
    assert panels == pages.PANELS.keys() | pages.UNTOLD
    assert {path for reader, path in pages.addresses() if reader == NATIONAL} == {
        page.path for page in PAGES.values() if "{" not in page.path
    }


@pytest.fixture(scope="module")
async def log(everything: World) -> AsyncIterator[Log]:
    """A small nation, recorded a quarter of a year ago."""
    await everything.forget()
    ending = Ending(make_plan(now().date(), 300, 1))
    everything.recorded.begin(now() - timedelta(days=100))
    reports = [workforce(each.force_id, each.headcount) for each in ending.plan.strengths]
    revised = workforce("metropolitan", 4_999)
    told = await recorded(everything, *reports, revised, *events_of(ending))
    # Files are asked after for a month.
    everything.recorded.begin(now() - timedelta(days=20))
    lately = [file_taken(each, 5, 4, 3, "completions") for each in ("metropolitan", NATIONAL)]
    yield told + await recorded(everything, file_taken("kent"), *lately)
    await everything.forget()


@pytest.fixture
def figures(everything: World, log: Log) -> Figures:
    everything.app.state._state.pop("answers", None)
    return Figures(asking(everything), ACTORS, sights(standing(log, Moment(now()))))


async def compared(figures: Figures, chosen: list[Ask]) -> Comparison:
    found = Comparison(0, [])
    for ask in chosen:
        await figures.by_log(ask, found)
    return found


def told(comparison: Comparison) -> list[str]:
    return [str(each) for each in comparison.differences]


async def test_what_is_read_is_what_the_log_comes_to(figures: Figures, log: Log) -> None:
    moved = next(each for each in log if each.kind == "learner-transferred")
    readers = {NATIONAL, "metropolitan", moved.force_id}
    found = await compared(figures, [ask for ask in asks() if ask.force_id in readers])
    await figures.covered(found)
    assert told(found) == []
    assert found.compared > 5_000


async def test_spreadsheets_and_what_analysts_are_shown_are_the_same(figures: Figures) -> None:
    found = Comparison(0, [])
    for ask in spreadsheets():
        await figures.table(ask, found)
    assert told(found) == []
    tables = found.compared
    for ask in analysts():
        await figures.shown(ask, found)
    assert told(found) == []
    assert tables > 2_000
    assert found.compared > tables + 1_000


async def test_the_pages_say_the_same(figures: Figures) -> None:
    found = Comparison(0, [])
    for reader, path in pages.addresses():
        if reader in (NATIONAL, "metropolitan"):
            page = pages.page(figures.client, figures.actors, figures.sights, reader, path)
            found.take(*await page)
    assert told(found) == []
    assert found.compared > 200


async def test_no_number_of_a_figure_is_left_out(figures: Figures) -> None:
    left: set[str] = set()
    for ask in asks():
        if ask.force_id in (NATIONAL, "metropolitan"):
            said = await figures.get(ask)
            known = set(cut("", shape_of(ask), said))
            left |= {f"{ask.figure} {each}" for each in _numbers(said) if not _known(each, known)}
    assert left == set()


def _numbers(said: Any, path: str = "") -> Iterator[str]:
    """Where the numbers of a document stand; of rows, what their cells are called."""
    if isinstance(said, dict):
        for name, each in said.items():
            where = f"{path}.{name}".removeprefix(".")
            if name not in BESIDE and where not in BESIDE:
                yield from _numbers(each, where)
    elif isinstance(said, list):
        for each in said:
            yield from _numbers(each, f"{path}[]")
    elif isinstance(said, int | float) and not isinstance(said, bool):
        yield path


def _known(path: str, known: set[str]) -> bool:
    name = path.rpartition("[].")[2] if "[]." in path else path.removeprefix("totals.")
    return any(each.endswith(f" {name}") for each in known)


IN_TRAINING = "training = 'active' AND completed < opened"
LEARNING = f"SELECT learner_id FROM risk_enrolments_view WHERE {IN_TRAINING}"
ALTERED = {
    "learners_view": "force_id = 'gwent' WHERE force_id <> 'gwent'",
    "enrolments_view": "training = 'deferred' WHERE training = 'active' AND completed_on IS NULL",
    "parts_view": "completed_on = NULL WHERE completed_on IS NOT NULL",
    "workforces_view": "headcount = headcount + 1 WHERE force_id = 'kent'",
    "files_view": "refused = refused + 1 WHERE taken_at > current_date - 25",
    "waiting_view": "waiting = waiting + 1",
    "headline_staff_view": "neighbourhood = false WHERE learner_id IN"
    " (SELECT learner_id FROM headline_signatures_view)",
    "headline_signatures_view": "force_id = 'gwent' WHERE force_id <> 'gwent'",
    "module_completions_view": "completions = completions + 1",
    "module_months_view": "completions = completions + 1",
    "portfolios_view": "state = 'returned' WHERE state = 'signed'",
    "results_view": "valid = false WHERE occasion = 'baseline' AND valid",
    "funnel_people_view": "worker_type = 'volunteer'",
    "funnel_enrolments_view": "learner_id = gen_random_uuid()",
    "funnel_modules_view": "module = 'another'",
    "funnel_marks_view": "reached_on = NULL WHERE reached_on IS NOT NULL",
    "funnel_portfolios_view": "submitted_on = NULL WHERE submitted_on IS NOT NULL",
    "pipeline_view": "since = current_date WHERE state <> 'signed'",
    "risk_people_view": "force_id = 'gwent' WHERE force_id <> 'gwent' AND learner_id IN"
    f" ({LEARNING})",
    "risk_enrolments_view": f"training = 'deferred' WHERE {IN_TRAINING}",
    "risk_progress_view": f"progressed_on = current_date WHERE learner_id IN ({LEARNING}"
    " AND coalesce(last_on, enrolled_on) < current_date - 60)",
    "sessions_view": "capacity = capacity + 1 WHERE state = 'scheduled'",
    "places_view": "state = 'waitlisted' WHERE state = 'booked'",
    "freshness_view": "events = events + 1, batches = batches + 1",
}


def test_every_read_model_is_altered() -> None:
    assert ALTERED.keys() == metadata.tables.keys()


@pytest.mark.parametrize("table", ALTERED)
async def test_one_altered_row_is_named(everything: World, figures: Figures, table: str) -> None:
    feeds_it = {each.group for each in PROJECTIONS if table in {t.name for t in each.tables}}
    chosen = [
        ask
        for ask in asks()
        if ask.force_id == NATIONAL and (_rests_on(ask, feeds_it) or table == "freshness_view")
    ]
    sets, _, where = ALTERED[table].partition(" WHERE ")
    one = f"SELECT ctid FROM {table} WHERE {where or 'true'} LIMIT 1"
    await everything.run(f"CREATE TABLE kept AS TABLE {table}")
    try:
        await everything.run(f"UPDATE {table} SET {sets} WHERE ctid = ({one})")
        await counted_anew(everything, feeds_it)
        found = await compared(figures, chosen)
    finally:
        await everything.run(f"TRUNCATE {table}")
        await everything.run(f"INSERT INTO {table} SELECT * FROM kept")
        await everything.run("DROP TABLE kept")
        await counted_anew(everything, feeds_it)
    assert found.differences
    named = {each.where.split()[1] for each in found.differences}
    assert named <= {ask.figure for ask in chosen}


async def counted_anew(world: World, groups: set[str]) -> None:
    names = [each.name for each in TALLIES if groups.intersection(each.of)]
    await world.run(f"UPDATE tally_state SET mark = '' WHERE source = ANY (ARRAY{names}::text[])")
    await world.count()


def _rests_on(ask: Ask, groups: set[str]) -> bool:
    return not groups.isdisjoint(FIGURES[ask.figure].groups)


def test_what_a_moment_that_is_past_comes_to_leaves_out_what_came_later(log: Log) -> None:
    half = sorted(each.at for each in log)[len(log) // 2]
    then, ask = sights(standing(log, Moment(half))), Ask(NATIONAL, "freshness")
    assert 0 < document(then, ask)["n"] < document(sights(standing(log, Moment(now()))), ask)["n"]
    assert expected(then, Ask(NATIONAL, "at-risk"))
