"""Very small nations, where nearly every count is small: what the search for worlds may cost."""

from collections import Counter
from random import Random

import pytest

from reporting.api.figures.guard import ALL, Counted
from reporting.domain.disclosed import Cell, Known
from reporting.domain.suppression import MOST_STEPS, Effort, Table, is_small, protect
from reporting.projections.rows import Row

from .test_suppression import broken, two_dates, two_way

GOING = ("active", "deferred", "completed")
STATES = (*GOING, "withdrawn")
COLUMNS = ("registered", "enrolled", *STATES)
LITTLE = 400


def people_of(forces: int, people: int) -> Table:
    """People and their enrolments by force, with all the differences that a reader can form."""
    chance, ids = Random(people), [f"force-{n}" for n in range(forces)]
    found: dict[str, Counter[str]] = {each: Counter() for each in ids}
    for _ in range(people):
        mine = found[chance.choice(ids)]
        mine["registered"] += 1
        if chance.random() < 0.8:
            mine.update(["enrolled", *chance.choices(STATES, (6, 1, 2, 0))])
    rows: list[Row] = [{"force_id": each} | {n: found[each][n] for n in COLUMNS} for each in ids]
    totals = {name: sum(row[name] for row in rows) for name in COLUMNS}
    counts = Counted()
    counts.by_force(rows, totals, {name: (name,) for name in COLUMNS})
    for of in (*ids, ALL):
        counts.rest(("unenrolled", of), ("registered", of), [("enrolled", of)])
        counts.rest(("beside", of), ("enrolled", of), [(state, of) for state in GOING])
    states: dict[Cell, int] = {(state, ALL): totals[state] for state in STATES}
    counts.total(("enrolments", ALL), sum(states.values()), states)
    return counts.table()


@pytest.mark.parametrize(("forces", "people"), [(5, 20), (43, 12), (43, 60), (43, 200), (43, 900)])
def test_a_small_nation_takes_few_steps_and_is_not_withheld_whole(forces: int, people: int) -> None:
    table, effort = people_of(forces, people), Effort()
    hidden, _ = protect(table, effort=effort)
    assert MOST_STEPS - effort.left < MOST_STEPS // 4
    assert {cell for cell, number in table.counts.items() if is_small(number)} <= hidden
    assert len(hidden) < 0.75 * len(table.counts)


def test_figure_after_figure_the_steps_stay_bounded() -> None:
    known = Known()
    for people in (60, 63, 70):
        effort = Effort()
        _, known = protect(people_of(43, people), known, effort=effort)
        # One look at a sum may still be under way when the last step is taken.
        assert MOST_STEPS - effort.left <= MOST_STEPS + 100


def cut_short(table: Table, known: Known) -> tuple[frozenset[Cell], Known]:
    return protect(table, known, effort=Effort(LITTLE))


def test_what_is_cut_short_withholds_the_whole_table() -> None:
    chance = Random(3)
    table = two_way([[chance.choice((0, 1, 2, 3)) for _ in range(8)] for _ in range(12)])
    hidden, _ = cut_short(table, Known())
    assert hidden == table.counts.keys()


def test_what_is_cut_short_gives_nothing_away() -> None:
    assert broken(cut_short, two_dates, 80) == 0
