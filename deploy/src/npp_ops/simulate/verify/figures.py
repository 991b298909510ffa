"""Every figure as people read it, against the plan and against the log."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.ledger import Ask, expected
from npp_ops.simulate.ledger.ledger import asks as planned
from npp_ops.simulate.ledger.shapes import Flat, Number, Shape, cut, flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.log import ledger as log
from npp_ops.simulate.log.ledger import Sights
from npp_ops.simulate.verify.comparison import Comparison

Document = Mapping[str, Any]
_WITHHELD: Final = ("", "[c]")
_ROUGH: Final = {
    *("mean_baseline", "mean_final", "change_percent", "change_low", "change_high", "points"),
    *("gain", "effect_size", "median_days", "minutes"),
}
"""Told in steps to who reads suppressed figures; compared to the digit as others read them."""


@dataclass(slots=True)
class Figures:
    """What figures say, asked for once and held against both."""

    client: Client
    actors: Actors
    sights: Sights

    async def by_log(self, ask: Ask, comparison: Comparison) -> Document:
        document = await self.get(ask)
        found = cut(ask.address, log.shape_of(ask), document)
        comparison.take(log.expected(self.sights, ask), found)
        return document

    async def by_plan_and_log(self, plan: "Planned", ask: Ask, comparison: Comparison) -> None:
        """One answer, held against both."""
        document = await self.by_log(ask, comparison)
        if ask in plan.asks:
            found = flat(ask.address, ask.shape, document)
            comparison.take(expected(plan.ending, ask), found)

    async def table(self, ask: Ask, comparison: Comparison) -> None:
        """The same rows as a spreadsheet gets them."""
        query = urlencode(_choices(ask))
        path, token = f"/figures/{ask.figure}.csv?{query}", self.actors.national("national-admin")
        answer = await self.client.raw("reporting", path, token)
        rows = list(csv.DictReader(answer.text.splitlines()))
        names = rows[0].keys() if rows else ()
        shape = log.shape_of(ask)
        cells = tuple(name for name in shape.cells if name in names)
        alone = Shape(shape.by, cells, top=())
        where = f"{ask.address} csv"
        numbered = [
            {name: _number(cell) if name in cells else cell for name, cell in row.items()}
            for row in rows
        ]
        wanted = log.document(self.sights, ask)
        must, found = cut(where, alone, wanted), cut(where, alone, {"rows": numbered})
        # An empty cell may also be one that the row does not have.
        found = {at: number for at, number in found.items() if number is not None or at in must}
        comparison.take(must, found)

    async def shown(self, ask: Ask, comparison: Comparison) -> None:
        """What an analyst is shown, small numbers withheld."""
        document = await self.get(ask, "national-analyst")
        where, shape = f"shown {ask.address}", _counts(ask)
        comparison.take_shown(
            cut(where, shape, log.document(self.sights, ask)), cut(where, shape, document)
        )

    async def covered(self, comparison: Comparison) -> None:
        """A figure, or a version of one, that nobody here can tell is a difference."""
        index = await self.client.get("reporting", "/figures", self.actors.national("moderator"))
        told: Flat = {
            f"figure {each['id']} version {one['version']}": 1
            for each in index["figures"]
            for one in each["versions"]
        }
        known = {
            f"figure {name} version {one}": 1 for name, of in log.FIGURES.items() for one in of
        }
        comparison.take(dict(known), told)

    async def get(self, ask: Ask, role: str = "national-admin") -> Document:
        token = (
            self.actors.national(role)
            if ask.force_id == NATIONAL
            else self.actors.of_force("force-analyst", ask.force_id)
        )
        path = f"/figures/{ask.figure}.json"
        found: Document = await self.client.get("reporting", path, token, **_choices(ask))
        return found


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan's end, and what it can tell."""

    ending: Ending
    asks: frozenset[Ask]

    @classmethod
    def of(cls, ending: Ending) -> "Planned":
        return cls(ending, frozenset(planned(ending)))


def spreadsheets() -> list[Ask]:
    return [ask for ask in log.asks() if ask.force_id == NATIONAL]


def analysts() -> list[Ask]:
    """What is shown with small numbers withheld: of completions by month alone."""
    return [ask for ask in spreadsheets() if ask.period in (None, "month")]


def _counts(ask: Ask) -> Shape:
    shape = log.shape_of(ask)
    means = {"numerator", "denominator.value"} if ask.figure == "improvement" else set[str]()
    return replace(
        shape,
        top=tuple(each for each in shape.top if each not in _ROUGH | means),
        cells=tuple(each for each in shape.cells if each not in _ROUGH),
    )


def _choices(ask: Ask) -> dict[str, str]:
    found = {"period": ask.period, "by": ask.by, "per": ask.per, "version": ask.version}
    return {name: str(value) for name, value in found.items() if value is not None}


def _number(cell: str) -> Number:
    if cell in _WITHHELD:
        return None
    return float(cell) if "." in cell else int(cell)
