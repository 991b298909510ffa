"""Small numbers: what is withheld, and that an attacker with a solver cannot work it out."""

import time
from collections.abc import Callable, Sequence
from itertools import product
from random import Random

import pytest

from reporting.domain.disclosed import Cell, Known
from reporting.domain.suppression import Sum, Table, is_small, may_compare, protect, roughly

from .attacker import intervals, unmasked

ALL = "all"
Published = list[tuple[Table, frozenset[Cell]]]


def one_way(counts: Sequence[int]) -> Table:
    cells: dict[Cell, int] = {(f"r{n}",): count for n, count in enumerate(counts)}
    return Table({**cells, (ALL,): sum(counts)}, [Sum((ALL,), tuple(cells))])


def two_way(rows: Sequence[Sequence[int]], name: str = "c") -> Table:
    """With margins; the rows are shared between tables of different names, columns are not."""
    counts: dict[Cell, int] = {}
    across, down = range(len(rows[0])), range(len(rows))
    for r, c in product(down, across):
        counts[f"r{r}", f"{name}{c}"] = rows[r][c]
    for r in down:
        counts[f"r{r}", ALL] = sum(rows[r])
    for c in across:
        counts[ALL, f"{name}{c}"] = sum(row[c] for row in rows)
    counts[ALL, ALL] = sum(map(sum, rows))
    columns = [f"{name}{c}" for c in across]
    lines = [f"r{r}" for r in down]
    sums = [Sum((line, ALL), tuple((line, c) for c in columns)) for line in (*lines, ALL)]
    sums += [Sum((ALL, c), tuple((line, c) for line in lines)) for c in (*columns, ALL)]
    return Table(counts, sums)


def joined(*tables: Table) -> Table:
    counts = {cell: count for each in tables for cell, count in each.counts.items()}
    return Table(counts, [each for table in tables for each in table.sums])


def withheld(table: Table) -> set[str]:
    return {"/".join(cell) for cell in protect(table)[0]}


def test_one_to_four_are_small_and_nobody_is_not() -> None:
    assert [is_small(count) for count in (0, 1, 4, 5)] == [False, True, True, False]


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    assert withheld(one_way([0, 5, 20])) == set()


def test_a_lone_small_count_takes_the_smallest_other_with_it() -> None:
    assert withheld(one_way([3, 9, 0, 7])) == {"r0", "r3"}


def test_two_small_counts_hide_each_other_only_where_both_can_be_one_to_four() -> None:
    assert withheld(one_way([3, 9, 2])) == {"r0", "r2"}
    # 1 + 2 is 3: neither could be 4, so a third goes with them.
    assert withheld(one_way([1, 9, 2])) == {"r0", "r1", "r2"}


def test_where_only_one_cell_has_anybody_its_total_goes_too() -> None:
    assert withheld(one_way([0, 3, 0])) == {"r1", "all"}


def test_a_count_shown_before_and_unchanged_protects_nobody() -> None:
    _, known = protect(one_way([6, 9, 7]))
    hidden, _ = protect(one_way([3, 9, 7]), known)
    assert hidden == {("r0",), ("all",)}
    hidden, _ = protect(one_way([3, 9, 8]), known)
    assert hidden == {("r0",), ("r2",)}


def test_what_was_withheld_is_not_given_away_by_a_later_version() -> None:
    first, known = protect(one_way([3, 9, 20]))
    assert first == {("r0",), ("r1",)}
    # r0 is no longer small, but r1 has not changed: shown now, it would say that r0 was 3.
    second, known = protect(one_way([6, 9, 20]), known)
    assert ("r1",) in second
    # Nor may r0 be shown while it is still what it was beside r1 in the second version.
    third, known = protect(one_way([6, 10, 20]), known)
    assert ("r0",) in third
    fourth, _ = protect(one_way([7, 11, 20]), known)
    assert fourth == set()


def test_a_difference_that_nobody_shows_is_protected_as_well() -> None:
    counts: dict[Cell, int] = {("registered",): 40, ("enrolled",): 38, ("rest",): 2}
    table = Table(
        counts, [Sum(("registered",), (("enrolled",), ("rest",)))], frozenset({("rest",)})
    )
    assert len(withheld(table) - {"rest"}) == 1


def random_rows(chance: Random) -> list[list[int]]:
    """Mostly small counts, some large, many of nobody."""
    width, height = chance.randint(1, 4), chance.randint(2, 5)
    draw = chance.choice([(0, 1, 2, 7, 30), (0, 0, 3, 5, 12), (1, 2, 3, 4, 5), (3, 8, 20, 60)])
    return [[chance.choice(draw) for _ in range(width)] for _ in range(height)]


def changed(rows: list[list[int]], chance: Random) -> list[list[int]]:
    """A later version: a few counts have moved a little."""
    return [
        [max(0, n + chance.randint(-3, 3)) if chance.random() < 0.3 else n for n in row]
        for row in rows
    ]


def total_minus_rows(chance: Random) -> list[Table]:
    return [two_way(random_rows(chance))]


def two_filters(chance: Random) -> list[Table]:
    """The same people by two things, so that both tables have the same rows' totals."""
    rows = random_rows(chance)
    other = [_split(sum(row), chance.randint(2, 3), chance) for row in rows]
    width = max(map(len, other))
    padded = [row + [0] * (width - len(row)) for row in other]
    return [joined(two_way(rows, "c"), two_way(padded, "d"))]


def _split(whole: int, parts: int, chance: Random) -> list[int]:
    found = [0] * parts
    for _ in range(whole):
        found[chance.randrange(parts)] += 1
    return found


def two_dates(chance: Random) -> list[Table]:
    rows = random_rows(chance)
    return [two_way(rows), two_way(changed(rows, chance))]


def asked_again(chance: Random) -> list[Table]:
    """The later of two dates once more: another reader, another process."""
    first, second = two_dates(chance)
    return [first, second, second]


def three_dates(chance: Random) -> list[Table]:
    rows = [[row[0]] for row in random_rows(chance)]
    versions = [rows]
    for _ in range(2):
        versions.append(changed(versions[-1], chance))
    return [one_way([row[0] for row in each]) for each in versions]


ATTACKS = (total_minus_rows, two_filters, two_dates, three_dates)
Protect = Callable[[Table, Known], tuple[frozenset[Cell], Known]]


def publish(versions: Sequence[Table], how: Protect) -> Published:
    known, published = Known(), []
    for table in versions:
        hidden, known = how(table, known)
        published.append((table, hidden))
    return published


def only_small(table: Table, known: Known) -> tuple[frozenset[Cell], Known]:
    """Primary suppression alone."""
    return frozenset(c for c, count in table.counts.items() if is_small(count)), known


def forgetful(table: Table, _: Known) -> tuple[frozenset[Cell], Known]:
    """Each version protected as if it were the only one."""
    return protect(table)


def broken(how: Protect, attack: Callable[[Random], list[Table]], number: int) -> int:
    chance = Random(f"{attack.__name__} 20261122")  # the seed
    return sum(bool(unmasked(intervals(publish(attack(chance), how)))) for _ in range(number))


@pytest.mark.parametrize("attack", ATTACKS)
def test_differencing_finds_nothing_in_a_thousand_random_tables(
    attack: Callable[[Random], list[Table]],
) -> None:
    assert broken(protect, attack, 250) == 0


def test_what_is_asked_for_again_narrows_no_small_count() -> None:
    chance = Random("asked_again 20261122")
    for _ in range(250):
        found = unmasked(intervals(publish(asked_again(chance), protect)))
        assert not [value for value in found if is_small(value[1])]


def test_the_attack_succeeds_where_secondary_suppression_is_off() -> None:
    assert broken(only_small, total_minus_rows, 20) > 10


@pytest.mark.parametrize("attack", [two_dates, three_dates])
def test_the_attack_succeeds_where_earlier_versions_are_forgotten(
    attack: Callable[[Random], list[Table]],
) -> None:
    assert broken(forgetful, attack, 40) > 0


def test_much_is_still_shown_and_soon() -> None:
    chance, shown, whole = Random(7), 0, 0
    started = time.process_time()
    for _ in range(20):
        table = two_way([[chance.randint(0, 60) for _ in range(12)] for _ in range(43)])
        hidden, _ = protect(table)
        small = {c for c, n in table.counts.items() if is_small(n)}
        assert small <= hidden
        shown, whole = shown + len(table.counts) - len(hidden), whole + len(table.counts)
    assert shown / whole > 0.85
    assert time.process_time() - started < 20 * 0.5


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([5, 5, 5, 5, 5], True),
        ([21, 1, 1, 1, 1], True),
        ([0, 0, 500, 500, 500, 500], False),
        ([5, 5, 5, 5, 4], False),
        ([1, 1, 1, 1, 1], False),
        ([], False),
    ],
)
def test_a_force_is_told_of_the_nation_when_enough_others_are_in_it(
    others: list[int], told: bool
) -> None:
    assert may_compare(others) is told


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, 0), (4, 0), (5, 10), (94, 90), (999, 1000), (1234, 1200), (17_175, 17_000)],
)
def test_what_a_force_is_told_of_the_nation_is_rough(number: int, told: int) -> None:
    assert roughly(number) == told
