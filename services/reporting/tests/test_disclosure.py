"""Small numbers: what is hidden, and that it cannot be worked out again."""

from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.disclosure import hidden_cells, is_small, may_compare


def column(*counts: int) -> list[list[int]]:
    return [[count] for count in (*counts, sum(counts))]


def test_one_to_four_are_small_and_nobody_is_not() -> None:
    assert [is_small(count) for count in (0, 1, 4, 5)] == [False, True, True, False]


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert hidden_cells(column(0, 5, 20)) == set()


def test_a_lone_hidden_cell_takes_the_smallest_other_with_it() -> None:
    assert hidden_cells(column(3, 9, 0, 7)) == {(0, 0), (3, 0)}


def test_two_small_cells_hide_each_other() -> None:
    assert hidden_cells(column(3, 9, 2)) == {(0, 0), (2, 0)}


def test_where_only_one_cell_has_anybody_its_total_goes_too() -> None:
    assert hidden_cells(column(0, 3, 0)) == {(1, 0), (3, 0)}


def test_rows_that_add_up_are_protected_across_as_well() -> None:
    table = [[3, 10, 13], [20, 30, 50], [23, 40, 63]]
    hidden = hidden_cells(table, adds_up_across=True)
    assert hidden >= {(0, 0), (0, 1), (1, 0), (1, 1)}


tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@given(tables)
def test_no_sum_lacks_exactly_one_number(cells: list[list[int]]) -> None:
    table = [[*row, sum(row)] for row in cells]
    table.append([sum(line) for line in zip(*table, strict=True)])
    hidden = hidden_cells(table, adds_up_across=True)
    rows, columns = range(len(table)), range(len(table[0]))
    lines = [[(r, c) for r in rows] for c in columns] + [[(r, c) for c in columns] for r in rows]
    for line in lines:
        assert sum(cell in hidden for cell in line) != 1
    assert all((r, c) in hidden for r in rows for c in columns if is_small(table[r][c]))


def test_a_force_sees_the_national_number_only_when_the_rest_is_not_small() -> None:
    assert may_compare(national=20, own=10)
    assert may_compare(national=5, own=5)
    assert not may_compare(national=4, own=0)
    assert not may_compare(national=13, own=10)
