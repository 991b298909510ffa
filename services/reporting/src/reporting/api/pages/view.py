"""How somebody wants to look at a page; its links say it, so that no script is needed."""

from dataclasses import dataclass, replace
from typing import Annotated, Final, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query

from chassis.auth import Actor
from chassis.errors import NotFound
from reporting.api.figures.people import COUNTS
from reporting.api.figures.reader import Choices
from reporting.api.pages.plan import Panel
from reporting.api.sight import Sight, sight_of
from reporting.domain.forces import forces
from reporting.projections.completions import By, Period

SORTABLE: Final = ("force", *COUNTS, "denominator", "percent")


class ForceUnknown(NotFound):
    title = "There is no such force, or it is not yours to look at"


@dataclass(frozen=True, slots=True)
class Looks:
    """Whose figures somebody looks at.

    sight: with which figures are asked for. only: the one force that is shown of the nation's.
    """

    sight: Sight
    only: str | None = None

    @property
    def force(self) -> str | None:
        """The force that the page is about; None is the nation."""
        return self.only or self.sight.force


def looks_at(actor: Actor, force_id: str | None) -> Looks:
    """Raises Forbidden, and ForceUnknown alike for what is absent and what is another's."""
    sight = sight_of(actor)
    if force_id is None or force_id == sight.force:
        return Looks(sight)
    if sight.force is not None or force_id not in forces():
        raise ForceUnknown
    return Looks(Sight(force_id, exact=True)) if sight.exact else Looks(sight, force_id)


@dataclass(frozen=True, slots=True)
class View:
    """What a reader has chosen of a page."""

    choices: Choices
    sort: str
    descending: bool

    def seen_by(self, sight: Sight) -> "View":
        """The same of what they may choose."""
        if self.choices.period in sight.periods:
            return self
        return replace(self, choices=replace(self.choices, period=sight.periods[0]))

    def of(self, panel: Panel) -> Choices:
        """What the panel's figure is asked with."""
        return replace(self.choices, per=panel.per)

    def link(self, **other: str) -> str:
        """The query of the same view but for what is named."""
        mine = {
            "period": self.choices.period,
            "by": self.choices.by,
            "sort": self.sort,
            "dir": "desc" if self.descending else "asc",
        }
        return "?" + urlencode(mine | other)


async def _view(
    period: Annotated[str, Query(max_length=40)] = "month",
    by: Annotated[str, Query(max_length=40)] = "module",
    sort: Annotated[str, Query(max_length=40)] = "force",
    direction: Annotated[str, Query(alias="dir", max_length=4)] = "asc",
) -> View:
    # A link that somebody has mistyped still shows the page.
    periods: dict[str, Period] = {each: each for each in get_args(Period)}
    kinds: dict[str, By] = {each: each for each in get_args(By)}
    choices = Choices(periods.get(period, "month"), kinds.get(by, "module"))
    return View(choices, sort if sort in SORTABLE else "force", direction == "desc")


ViewOf = Annotated[View, Depends(_view)]
"""Route dependency: the view that the address describes."""
