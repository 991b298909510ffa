"""The panels of the page: a figure, rendered by its own template."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, get_args

from fastapi import Depends, Query
from jinja2 import Environment, PackageLoader, StrictUndefined

from chassis.clock import now
from reporting.api import charts, wording
from reporting.api.answers import Answer
from reporting.api.figures.progress import COUNTS
from reporting.api.figures.reader import Choices, Document
from reporting.api.sight import Sight
from reporting.projections.completions import By, Period

PANELS: Final = (
    "headline",
    "forces",
    "module-completions",
    "funnel",
    "at-risk",
    "pipeline",
    "improvement",
    "attendance",
    "sessions",
    "data-quality",
    "freshness",
)
SORTABLE: Final = ("force", *COUNTS, "denominator", "percent")

pages: Final = Environment(
    loader=PackageLoader("reporting.api"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
for each in ("number", "share", "signed", "cell", "day", "month", "moment", "ago", "words"):
    pages.filters[each] = getattr(wording, each)
pages.globals["few"] = wording.FEW


@dataclass(frozen=True, slots=True)
class View:
    """How somebody wants to look at the page; its links say it, so that no script is needed."""

    choices: Choices
    sort: str
    descending: bool

    def seen_by(self, sight: Sight) -> "View":
        """The same of what they may choose."""
        if self.choices.period in sight.periods:
            return self
        return replace(self, choices=replace(self.choices, period=sight.periods[0]))

    def link(self, **other: str) -> str:
        """The query of the same view but for what is named."""
        mine = {
            "period": self.choices.period,
            "by": self.choices.by,
            "sort": self.sort,
            "dir": "desc" if self.descending else "asc",
        }
        return "?" + "&".join(f"{name}={value}" for name, value in (mine | other).items())


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


def panel(answer: Answer, sight: Sight, view: View) -> str:
    """The inside of one section of the page."""
    document = answer.document
    template = pages.get_template(f"panels/{document['id']}.html")
    return template.render(
        figure=document,
        etag=answer.etag.strip('"'),
        sight=sight,
        view=view,
        now=now(),
        **_more(document, view),
    )


def _more(document: Document, view: View) -> dict[str, Any]:
    if document["id"] == "forces":
        shares = [row["percent"] or 0 for row in document["rows"]]
        return {
            "rows": sorted_rows(document["rows"], view),
            "longest": charts.round_up(max(shares, default=0)),
        }
    if document["id"] == "module-completions":
        return _over_time(document)
    return {}


def _over_time(document: Document) -> dict[str, Any]:
    periods = [row["period"] for row in document["periods"]]
    label = wording.month if document["parameters"]["period"] == "month" else wording.day
    sums = [(label(row["period"]), row["completions"]) for row in document["periods"]]
    top = charts.round_up(max((count or 0 for _, count in sums), default=0))
    lines = charts.lines(document["rows"], periods)
    return {
        "sums": sums,
        "top": top,
        "bars": charts.columns(sums, top),
        "lines": [row | {"path": lines[row["key"]]} for row in document["keys"]],
    }


def sorted_rows(rows: list[Document], view: View) -> list[Document]:
    """By the chosen column, then by name; what is unknown or withheld comes last either way."""
    by_name = sorted(rows, key=lambda row: row["force"])
    known = [row for row in by_name if row[view.sort] is not None]
    unknown = [row for row in by_name if row[view.sort] is None]
    return sorted(known, key=lambda row: row[view.sort], reverse=view.descending) + unknown
