"""A panel: a figure with what it means, rendered by a template of its own."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from chassis.clock import now
from reporting.api.answers import Answer
from reporting.api.figures.reader import Document
from reporting.api.pages import charts, language, tiles
from reporting.api.pages.language import Language
from reporting.api.pages.narrowed import narrowed
from reporting.api.pages.plan import FRESH, Panel
from reporting.api.pages.view import Looks, View
from reporting.api.pages.wording import Wording

_FILTERS: Final = (
    *("say", "number", "share", "signed", "cell", "day", "month", "moment", "ago", "words"),
    "force",
)
MOST_ALIKE: Final = 16
"""Of one answer: readers may ask for any order of any column."""


@cache
def templates(told: Language) -> Environment:
    """The templates as they speak one language."""
    made = Environment(
        loader=PackageLoader("reporting.api.pages"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    wording, one = Wording(told), partial(language.gettext, told)
    # No message has a plural: "3 days" and "1 day" are two, and Welsh says both alike.
    made.install_gettext_callables(one, lambda single, _, __: one(single), newstyle=True)  # type: ignore[attr-defined]
    for each in _FILTERS:
        made.filters[each] = getattr(wording, each)
    made.filters["titled"] = partial(language.title, told)
    made.globals["language"] = told
    return made


def panel(of: Panel, answer: Answer, looks: Looks, view: View, told: Language) -> str:
    """The inside of one section of a page, made once for all who look at it alike."""
    alike = (of, looks, view, told)
    if alike not in answer.shown:
        if len(answer.shown) >= MOST_ALIKE:
            answer.shown.clear()
        document = answer.document
        if looks.only is not None and of is not FRESH:
            document = narrowed(document, looks.only)
        etag = answer.etag.strip('"')
        answer.shown[alike] = rendered(of, document, looks, view, told, etag=etag)
    return answer.shown[alike]


def rendered(
    of: Panel,
    document: Document,
    looks: Looks,
    view: View,
    told: Language,
    *,
    etag: str = "",
    frozen: str = "",
) -> str:
    """The inside of a section made of a document; frozen: where that is, if it is a return's."""
    return (
        templates(told)
        .get_template(f"panels/{of.id}.html")
        .render(
            id=of.id,
            figure=document,
            meaning=language.meaning(told, document["definition"]),
            etag=etag,
            frozen=frozen,
            looks=looks,
            view=view,
            now=now(),
            **_more(of, document, view, Wording(told)),
        )
    )


def _more(of: Panel, document: Document, view: View, wording: Wording) -> Mapping[str, Any]:
    if of.id == "map":
        return {"tiles": tiles.tiles(document["rows"]), "steps": tiles.STEPS}
    if of.id == "forces":
        shares = [row["percent"] or 0 for row in document["rows"]]
        return {
            "rows": sorted_rows(document["rows"], view),
            "longest": charts.round_up(max(shares, default=0)),
        }
    if of.id == "module-completions":
        return _over_time(document, wording)
    if of.id == "cohorts":
        return {"cohorts": cohorts(document["rows"])}
    return {}


def _over_time(document: Document, wording: Wording) -> dict[str, Any]:
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


def cohorts(rows: list[Document]) -> dict[str, dict[str, Document]]:
    """By cohort its row of each step, the latest cohort first."""
    found: dict[str, dict[str, Document]] = {}
    for row in sorted(rows, key=lambda row: row["key"], reverse=True):
        found.setdefault(row["key"], {})[row["step"]] = row
    return found
