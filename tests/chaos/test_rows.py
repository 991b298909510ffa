"""The rows that CI runs, on one arena; all of them, and those with three brokers: `make chaos`."""

from collections.abc import AsyncIterator

import pytest

from .arena import PLAIN, Arena, standing
from .judge import PASSED, play
from .report import line
from .row import Case, Row, every_row

QUICK = [
    pytest.param(row, case, id=f"{row.id} {case.name}")
    for row in every_row()
    for case in row.cases
    if row.setup == PLAIN and case.quick
]


@pytest.fixture(scope="module")
async def arena() -> AsyncIterator[Arena]:
    async with standing(PLAIN, seed=1, rate=25.0) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(("row", "case"), QUICK)
async def test_every_invariant_holds(arena: Arena, row: Row, case: Case) -> None:
    verdict = await play(arena, row, case)
    assert verdict.status == PASSED, line(verdict)
