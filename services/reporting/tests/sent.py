"""What an analyst is sent, read as an attacker would: counts by name, and how they add up."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reporting.api.answers import totals_of
from reporting.domain.disclosed import Cell
from reporting.domain.suppression import Sum, Table

ALL: Final = "all"
Document = dict[str, Any]
STATES: Final = ("draft", "submitted", "returned", "assessed", "quality_assured", "signed")
TRAINING: Final = ("active", "deferred", "withdrawn", "completed")
STEPS: Final = (
    *("registered", "enrolled", "baseline", "classroom", "final"),
    *("submitted", "assessed", "signed", "certified"),
)
OF_PEOPLE: Final = (
    "not-enrolled",
    "role-unknown",
    "final-without-baseline",
    "signed-without-final",
)
WAYS: Final = {
    "module-completions": ("by=module", "by=force", "by=via"),
    "funnel": ("per=force", "per=role", "per=cohort"),
    "sessions": ("version=1", "version=2"),
}


@dataclass
class Told:
    """counts: None is withheld. rests: differences that nobody shows, by what they are left of."""

    counts: dict[Cell, int | None] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    rests: dict[Cell, Sum] = field(default_factory=dict)

    def say(self, name: Cell, number: int | None) -> None:
        """One count has one number, whichever figure tells it; told once, it is known."""
        before = self.counts.get(name)
        assert None in (before, number) or before == number, name
        self.counts[name] = number if before is None else before

    def add_up(self, total: Cell, parts: Iterable[Cell]) -> None:
        self.sums.append(Sum(total, tuple(parts)))

    def rest(self, name: Cell, whole: Cell, parts: Iterable[Cell]) -> None:
        self.rests["rest of", *name] = Sum(whole, (*parts, ("rest of", *name)))

    def columns(self, document: Document, names: Mapping[str, Cell]) -> None:
        """A table by force, with its totals."""
        rows = [*document["rows"], *totals_of(document)]
        for column, name in names.items():
            for row in rows:
                self.say((*name, row["force_id"]), row[column])
            self.add_up((*name, ALL), [(*name, row["force_id"]) for row in document["rows"]])


def read(documents: Mapping[str, Document]) -> Told:
    told = Told()
    for name, document in documents.items():
        _READ.get(name.split("?")[0], _nothing)(told, document)
    _between(told)
    return told


def against(told: Told, truth: Told) -> tuple[Table, frozenset[Cell]]:
    """What is true, with all that an attacker knows of it, and what was not told."""
    assert told.counts.keys() == truth.counts.keys()
    counts = {name: number for name, number in truth.counts.items() if number is not None}
    assert counts.keys() == truth.counts.keys()
    assert all(n in (None, counts[name]) for name, n in told.counts.items())
    for name, each in truth.rests.items():
        left = counts[each.total] - sum(counts[part] for part in each.parts if part != name)
        assert left >= 0, (name, left)
        counts[name] = left
    sums = [*truth.sums, *truth.rests.values()]
    for each in sums:
        assert counts[each.total] == sum(counts[part] for part in each.parts), each
    hidden = {name for name, number in told.counts.items() if number is None}
    return Table(counts, sums, frozenset(truth.rests)), frozenset(hidden | truth.rests.keys())


def _nothing(told: Told, document: Document) -> None:
    """Freshness and the older sessions tell of things."""


def _headline(told: Told, document: Document) -> None:
    told.say(("staff_signed", ALL), document["n"])
    told.say(("staff_signed", ALL), document["numerator"])
    missing = document["denominator"]["missing"]
    for row in document["rows"]:
        told.say(("staff_signed", row["force_id"]), row["numerator"])
    there = [row["force_id"] for row in document["rows"] if row["force_id"] not in missing]
    if document["percent"] is not None:  # times the denominator it tells how many
        many = round(document["percent"] * document["denominator"]["value"] / 100)
        told.say(("staff_signed", "reported"), many)
    else:
        told.say(("staff_signed", "reported"), None)
    told.add_up(("staff_signed", "reported"), [("staff_signed", each) for each in there])


def _forces(told: Told, document: Document) -> None:
    names = ("registered", "enrolled", "baseline_done", "module_completions", "classroom_attended")
    called = (*names, "final_passed", *STATES, "staff_signed")
    told.columns(document, {name: (name,) for name in called})
    told.say(("registered", ALL), document["n"])
    for row in [*document["rows"], document["totals"]]:
        force = row["force_id"]
        told.rest(("enrolled", force), ("registered", force), [("enrolled", force)])
        told.rest(("staff", force), ("signed", force), [("staff_signed", force)])


def _enrolments(told: Told, document: Document) -> None:
    told.columns(document, {state: (state,) for state in TRAINING})
    told.say(("enrolments",), document["n"])
    told.add_up(("enrolments",), [(state, ALL) for state in TRAINING])


def _portfolios(told: Told, document: Document) -> None:
    told.columns(document, {state: (state,) for state in STATES})
    told.say(("portfolios",), document["n"])
    told.add_up(("portfolios",), [(state, ALL) for state in STATES])


def _parts(told: Told, document: Document) -> None:
    told.say(("on parts",), document["n"])
    told.add_up(("on parts",), [("on part", row["part"], ALL) for row in document["totals"]])
    for part, some in _by(document, "part"):
        told.columns(some, {"enrolled": ("on part", part), "completed": ("part done", part)})
        for row in (*some["rows"], *some["totals"]):
            at = (part, row["force_id"])
            told.rest(("part", *at), ("on part", *at), [("part done", *at)])


def _attendance(told: Told, document: Document) -> None:
    register = ("full", "part", "no_show")
    told.say(("register",), document["n"])
    for kind, some in _by(document, "kind"):
        told.columns(some, {name: (name, kind) for name in register})
    kinds = [row["kind"] for row in document["totals"]]
    told.add_up(("register",), [(name, kind, ALL) for kind in kinds for name in register])


def _sessions(told: Told, document: Document) -> None:
    for kind, some in _by(document, "kind") if document["version"] == 2 else ():
        people = ("booked", "waiting", "attended", "no_show")
        told.columns(some, {name: (name, "at", kind) for name in people})
        for row in (*some["rows"], *some["totals"]):
            at = ("at", kind, row["force_id"])
            told.rest(("booked", *at), ("booked", *at), [("attended", *at), ("no_show", *at)])


def _at_risk(told: Told, document: Document) -> None:
    names = {"in_training": "active", "due": "due", "idle": "idle", "at_risk": "at_risk"}
    told.columns(document, {column: (name,) for column, name in names.items()})
    told.say(("at_risk", ALL), document["n"])
    for row in [*document["rows"], document["totals"]]:
        of = row["force_id"]
        told.rest(("due", of), ("due", of), [("at_risk", of)])
        told.rest(("idle", of), ("idle", of), [("at_risk", of)])
        told.rest(("active", of), ("active", of), [("due", of), ("rest of", "idle", of)])


def _pipeline(told: Told, document: Document) -> None:
    told.say(("on their way",), document["n"])
    told.add_up(("on their way",), [(row["state"], ALL) for row in document["totals"]])
    bands = ("fresh", "ageing", "old", "stale")
    for state, some in _by(document, "state"):
        told.columns(some, {"portfolios": (state,)} | {each: (state, each) for each in bands})
        for row in (*some["rows"], *some["totals"]):
            told.add_up((state, row["force_id"]), [(state, b, row["force_id"]) for b in bands])
            assert row["median_days"] is None or None not in [row[each] for each in bands]


def _completions(told: Told, document: Document) -> None:
    by, done = document["parameters"]["by"], "module_completions"
    told.say((done, ALL), document["n"])
    cells = [(done, by, row["key"], row["period"]) for row in document["rows"]]
    for name, row in zip(cells, document["rows"], strict=True):
        told.say(name, row["completions"])
    for row in document["periods"]:
        told.say((done, row["period"]), row["completions"])
        told.add_up((done, row["period"]), [c for c in cells if c[-1] == row["period"]])
    keys = {row["key"]: _done(by, row["key"]) for row in document["keys"]}
    for row in document["keys"]:
        told.say(keys[row["key"]], row["completions"])
        told.add_up(keys[row["key"]], [c for c in cells if c[2] == row["key"]])
    told.add_up((done, ALL), keys.values())
    told.add_up((done, ALL), [(done, row["period"]) for row in document["periods"]])


def _done(by: str, key: str) -> Cell:
    return ("module_completions", key) if by == "force" else ("module_completions", by, key)


def _improvement(told: Told, document: Document) -> None:
    for name in document["columns"]:
        if name.startswith(("n_", "excluded_")):
            told.say((name,), document[name])
    # A sum of scores over their mean is how many there are.
    assert document["n_matched"] is not None or document["mean_baseline"] is None
    told.add_up(("baseline_done", ALL), [("n_matched",), ("n_baseline_only",)])
    finals: list[Cell] = [("final_passed", ALL), ("rest of", "n_final_only")]
    told.rest(("n_final_only",), ("finals",), finals[:1])
    told.say(("finals",), _whole(document["n_matched"], document["n_final_only"]))
    told.add_up(("finals",), [("n_matched",), ("n_final_only",)])


def _whole(*parts: int | None) -> int | None:
    return None if None in parts else sum(each or 0 for each in parts)


def _funnel(told: Told, document: Document) -> None:
    per = document["parameters"]["per"]
    steps: defaultdict[str, list[Cell]] = defaultdict(list)
    for row in document["rows"]:
        name = _reached(per, row["step"], row["key"])
        steps[row["step"]].append(name)
        told.say(name, row["reached"])
        if row["step"] == "registered":
            told.rest(name, name, [_reached(per, "enrolled", row["key"])])
    for row in document["totals"]:
        whole = _reached(per, row["step"], ALL)
        told.say(whole, row["reached"])
        told.add_up(whole, steps[row["step"]])
        if row["step"] in STEPS:
            told.say(("stalled", row["step"]), row["stalled"])
            told.rest(("stalled", row["step"]), whole, [("stalled", row["step"])])
    if document["totals"]:
        told.add_up(("registered", ALL), [("stalled", step) for step in STEPS])


def _reached(per: str, step: str, key: str) -> Cell:
    same = {
        "registered": "registered",
        "baseline": "baseline_done",
        "classroom": "classroom_attended",
        "final": "final_passed",
    }
    if key == ALL and step.startswith("module "):
        return ("module_completions", "module", step.removeprefix("module "))
    if key == ALL or per == "force":
        return (same.get(step, f"reached {step}"), key)
    return (per, step, key)


def _quality(told: Told, document: Document) -> None:
    for check, some in _by(document, "check"):
        if check in OF_PEOPLE:
            told.columns(some, {"found": (check,)})
    told.add_up(("n_final_only",), [("final-without-baseline", ALL)])


def _between(told: Told) -> None:
    """Counts of two figures that are one and the same, or tell a third by their difference."""
    for kind in [name[1] for name in told.counts if name[0] == "full" and name[2] == ALL]:
        told.add_up(("attended", "at", kind, ALL), [("full", kind, ALL), ("part", kind, ALL)])
        told.add_up(("no_show", "at", kind, ALL), [("no_show", kind, ALL)])
    for force in sorted({each[1] for each in told.counts if each[0] == "reached enrolled"} - {ALL}):
        going = [(state, force) for state in TRAINING if state != "withdrawn"]
        told.add_up(("enrolled", force), going)
        told.rest(("reached", force), ("reached enrolled", force), [("enrolled", force)])
        told.add_up(("not-enrolled", force), [("rest of", "enrolled", force)])
        told.add_up(("reached signed", force), [("signed", force)])
        told.add_up(("reached submitted", force), [(state, force) for state in STATES[1:]])
        modules = [n for n in told.counts if n[0].startswith("reached module") and n[1] == force]
        told.add_up(("module_completions", force), modules)


def _by(document: Document, key: str) -> Iterable[tuple[str, Document]]:
    for value in dict.fromkeys(row[key] for row in document["totals"]):
        yield (
            value,
            {
                part: [row for row in document[part] if row[key] == value]
                for part in ("rows", "totals")
            },
        )


_READ: Final[Mapping[str, Callable[[Told, Document], None]]] = {
    "headline": _headline,
    "forces": _forces,
    "enrolments": _enrolments,
    "portfolios": _portfolios,
    "parts": _parts,
    "attendance": _attendance,
    "sessions": _sessions,
    "at-risk": _at_risk,
    "pipeline": _pipeline,
    "module-completions": _completions,
    "improvement": _improvement,
    "funnel": _funnel,
    "data-quality": _quality,
}
