"""The pages: every number of a panel, as it stands there, by the log."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, Final

from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.ledger import Ask
from npp_ops.simulate.ledger.shapes import ALL, STATES, TRAINING, Flat, Number
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.log.counted import Figure
from npp_ops.simulate.log.ledger import READERS, Sights, document

_NATION: Final = (
    *("/", "/programme", "/portfolio-pipeline", "/assessment", "/sessions", "/data-quality"),
)
_QUERY: Final = "?lang=en&period=month&by=module"
_STEPS: Final = ("reached", "stalled", "median_days")
_SIGNED: Final = ("staff_signed", "denominator", "registered", "enrolled", "baseline_done")
_MORE: Final = ("module_completions", "classroom_attended", "final_passed")
_GLANCE: Final = (*_SIGNED, *_MORE)
_SESSIONS: Final = ("sessions", "places", "booked", "waiting", "attended", "no_show")
_AGES: Final = ("portfolios", "fresh", "ageing", "old", "stale", "median_days")
Texts = Iterable[str]


class Panels(HTMLParser):
    """By panel the texts of the cells, terms, tiles and large figures that have numbers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, Counter[str]] = {}
        self._panel: Counter[str] | None = None
        self._within: str | None = None
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        kind = said.get("class") or ""
        if tag == "section":
            self._panel = self.found.setdefault(said.get("id") or "", Counter())
        numeric = tag == "td" and "numeric" in kind
        large = tag == "p" and kind.split()[:1] == ["large"]
        tile = tag == "text" and kind == "value"
        if numeric or large or tile or (tag == "dd" and not kind):
            self._within, self._text = tag, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within and self._panel is not None:
            self._panel[" ".join(self._text.split())] += 1
            self._within = None


async def page(
    client: Client, actors: Actors, sights: Sights, reader: str, path: str
) -> tuple[Flat, Flat]:
    """What each panel must show, and what it does: how often each text."""
    token = (
        actors.national("national-admin")
        if reader == NATIONAL
        else actors.of_force("force-analyst", reader)
    )
    answer = await client.raw("reporting", path + _QUERY, token)
    wanted: Flat = {}
    found: Flat = {}
    for panel, shown in Panels(answer.text).found.items():
        where = f"page {reader} {path} {panel}"
        if panel in UNTOLD:
            continue
        found |= {f"{where} {text}": count for text, count in shown.items()}
        must = Counter(PANELS[panel](sights, reader)) if panel in PANELS else Counter(["covered"])
        wanted |= {f"{where} {text}": count for text, count in must.items()}
    return wanted, found


def addresses() -> list[tuple[str, str]]:
    """Every reader with each of the pages that differ: a force's own has all of its panels."""
    own = [(reader, "/") for reader in READERS if reader != NATIONAL]
    beyond = [(READERS[1], path) for path in _NATION[1:]]
    return [*((NATIONAL, path) for path in _NATION), *own, *beyond]


def number(value: Number, decimals: int = 0) -> str:
    return "–" if value is None else f"{value:,.{decimals}f}"


def signed(value: Number, decimals: int = 1) -> str:
    return "–" if value is None else f"{'−' if value < 0 else '+'}{abs(value):.{decimals}f}"


def cells(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Texts:
    listed = tuple(names)
    return [number(row.get(name)) for row in rows for name in listed]


def _rows(figure: Figure, *, whole: bool) -> list[Figure]:
    """Those of all forces, or the others."""
    return [row for row in figure["rows"] if (row.get("force_id", row.get("key")) == ALL) == whole]


def _totals(figure: str, names: Iterable[str]) -> Callable[[Sights, str], Texts]:
    def shown(sights: Sights, reader: str) -> Texts:
        return cells(_rows(document(sights, Ask(reader, figure)), whole=True), names)

    return shown


def _lines(figure: str, names: Iterable[str]) -> Callable[[Sights, str], Texts]:
    # A force is shown the hosts one by one.
    def shown(sights: Sights, reader: str) -> Texts:
        found = document(sights, Ask(reader, figure))
        return cells(_rows(found, whole=reader == NATIONAL), names)

    return shown


def _headline(sights: Sights, reader: str) -> Texts:
    return [number(document(sights, Ask(reader, "headline"))["numerator"])]


def _forces(sights: Sights, reader: str) -> Texts:
    found = document(sights, Ask(reader, "forces"))
    whole = sum(row["denominator"] or 0 for row in _rows(found, whole=False))
    names = (*_SIGNED, *_MORE, *STATES)
    total = _rows(found, whole=True)[0] | {"denominator": whole}
    return cells([*_rows(found, whole=False), total], names)


def _map(sights: Sights, reader: str) -> Texts:
    rows = _rows(document(sights, Ask(reader, "forces")), whole=False)
    return [f"{number(p)} %" if (p := row["percent"]) is not None else "–" for row in rows]


def _glance(sights: Sights, reader: str) -> Texts:
    return cells(_rows(document(sights, Ask(reader, "forces")), whole=False), _GLANCE)


def _funnel(sights: Sights, reader: str) -> Texts:
    return cells(_rows(document(sights, Ask(reader, "funnel")), whole=True), _STEPS)


def _cohorts(sights: Sights, reader: str) -> Texts:
    rows = _rows(document(sights, Ask(reader, "funnel", per="cohort")), whole=False)
    return cells([row for row in rows if not row["step"].startswith("module ")], ("reached",))


def _attendance(sights: Sights, reader: str) -> Texts:
    rows = _rows(document(sights, Ask(reader, "attendance")), whole=reader == NATIONAL)
    hours = [number(row["minutes"] / 60) for row in rows]
    return [*cells(rows, ("full", "part", "no_show")), *hours]


def _completions(sights: Sights, reader: str) -> Texts:
    found = document(sights, Ask(reader, "module-completions", "month", "module"))
    return cells([*found["periods"], *found["keys"]], ("completions",))


def _improvement(sights: Sights, reader: str) -> Texts:
    found = document(sights, Ask(reader, "improvement"))["rows"][0]
    if found["mean_baseline"] is None and found["n_matched"]:
        return []
    names = ("n_matched", "n_baseline_only", "n_final_only", "n_transferred")
    without = ("excluded_absent", "excluded_void", "excluded_later_attempt")
    means = [number(found[each], 2) for each in ("mean_baseline", "mean_final")]
    scores = [number(found[each], 3) for each in ("gain", "effect_size")]
    change = found["change_percent"]
    large = [] if change is None else [f"{signed(change)} %"]
    return [
        *(*large, *means, signed(found["points"], 2), *scores),
        *cells([found], (*names, *without)),
    ]


UNTOLD: Final = frozenset({"freshness"})
"""Its numbers are ages, which pass while one looks; its counts are compared as a figure."""
PANELS: Final[Mapping[str, Callable[[Sights, str], Texts]]] = {
    "headline": _headline,
    "map": _map,
    "forces": _forces,
    "key-figures": _glance,
    "funnel": _funnel,
    "cohorts": _cohorts,
    "at-risk": _totals("at-risk", ("at_risk",)),
    "enrolments": _totals("enrolments", TRAINING),
    "parts": _totals("parts", ("enrolled", "completed")),
    "portfolios": _totals("portfolios", STATES),
    "pipeline": _totals("pipeline", _AGES),
    "sessions": _lines("sessions", _SESSIONS),
    "attendance": _attendance,
    "data-quality": _totals("data-quality", ("found",)),
    "module-completions": _completions,
    "improvement": _improvement,
}
