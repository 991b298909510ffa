"""The figures of sessions, registers, results, completions over time, and the way."""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any, Final

from npp_ops.simulate.ledger.completions import KEYS, PERIODS
from npp_ops.simulate.ledger.events import GROUPS, TOPICS
from npp_ops.simulate.ledger.funnel import STEPS
from npp_ops.simulate.ledger.improvement import LEAST, SCORES, scores
from npp_ops.simulate.ledger.sessions import COUNTED
from npp_ops.simulate.ledger.shapes import ALL, percent
from npp_ops.simulate.log.counted import Figure
from npp_ops.simulate.log.facts import Learner
from npp_ops.simulate.log.sight import THERE, Sight
from npp_ops.simulate.log.told import Told

PER: Final[dict[str, Callable[[Learner], str]]] = {
    "force": lambda each: each.force_id,
    "role": lambda each: each.worker_type or "",
    "cohort": lambda each: f"{each.registered_on:%Y-%m}",
}


def sessions(sight: Sight, _nation: Sight) -> Figure:
    found: dict[tuple[str, str], Counter[str]] = {}
    for each in sight.sessions.values():
        goes_on = each.state == "scheduled"
        for of in (each.force_id, ALL):
            counted = found.setdefault((of, each.kind), Counter())
            counted.update(sessions=int(goes_on), places=each.capacity if goes_on else 0)
    for seat in sight.seats.values():
        at = sight.sessions.get(seat.session_id)
        if at is not None:
            for of in (at.force_id, ALL):
                counted = found[of, at.kind]
                counted["booked"] += seat.state == "booked"
                counted["waiting"] += seat.state == "waitlisted"
                if seat.register is not None:
                    counted["attended"] += seat.register.attendance in THERE
                    counted["no_show"] += seat.register.attendance == "no-show"
    rows: list[Figure] = [
        {"force_id": of, "kind": kind, **{name: counted[name] for name in COUNTED}}
        for (of, kind), counted in found.items()
    ]
    whole = [row for row in rows if row["force_id"] == ALL]
    return {
        "n": sum(row["sessions"] for row in whole),
        "denominator": {"value": sum(row["places"] for row in whole)},
        "rows": rows,
    }


def sessions_by_state(sight: Sight, _nation: Sight) -> Figure:
    found, places = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for each in sight.sessions.values():
        for of in (each.force_id, ALL):
            found[of, each.kind, each.state] += 1
            places[of, each.kind, each.state] += each.capacity
    rows: list[Figure] = [
        {"force_id": of, "kind": kind, "state": state, "sessions": count}
        | {"capacity": places[of, kind, state]}
        for (of, kind, state), count in found.items()
    ]
    return {"n": sum(row["sessions"] for row in rows if row["force_id"] == ALL), "rows": rows}


def attendance(sight: Sight, _nation: Sight) -> Figure:
    found: dict[tuple[str, str], Counter[str]] = {}
    for seat in sight.seats.values():
        if (said := seat.register) is not None:
            for of in (seat.force_id, ALL):
                counted = found.setdefault((of, said.kind or ""), Counter())
                counted[(said.attendance or "").replace("-", "_")] += 1
                counted["minutes"] += said.minutes
    names = ("full", "part", "no_show", "minutes")
    rows: list[Figure] = [
        {"force_id": of, "kind": kind, **{name: counted[name] for name in names}}
        for (of, kind), counted in found.items()
    ]
    n = sum(row[name] for row in rows if row["force_id"] == ALL for name in names[:3])
    return {"n": n, "rows": rows}


def improvement(sight: Sight, _nation: Sight) -> Figure:
    scored: dict[str, dict[tuple[Any, ...], Told]] = {"baseline": {}, "final": {}}
    reasons = Counter[str]()
    for _, each in sorted(sight.results.items()):
        said = each.said
        reasons[f"excluded_{said.outcome}"] += 1
        reasons["excluded_later_attempt"] += said.valid and not said.first_valid
        if said.first_valid and said.valid and said.score_percent is not None:
            version = said.programme_id, said.programme_version
            key = (said.learner_id, said.blueprint, *version)
            scored[said.occasion or ""].setdefault(key, each)
    before, after = scored["baseline"], scored["final"]
    both = [(before[key], after[key]) for key in before.keys() & after.keys()]
    found: Figure = {
        "n_matched": len(both),
        "n_baseline_only": len(before) - len(both),
        "n_final_only": len(after) - len(both),
        "n_transferred": sum(b.force_id != f.force_id for b, f in both),
        **{f"excluded_{each}": reasons[f"excluded_{each}"] for each in _EXCLUDED},
    }
    pairs = sorted((b.said.score_percent or 0.0, f.said.score_percent or 0.0) for b, f in both)
    found |= scores(pairs) if len(pairs) >= LEAST else dict.fromkeys(SCORES)
    about = {"numerator": found["points"], "denominator": {"value": found["mean_baseline"]}}
    return {"n": len(both), **about, "rows": [found]}


_EXCLUDED: Final = ("absent", "void", "later_attempt")


def completions(sight: Sight, period: str, by: str) -> Figure:
    when, what = PERIODS[period], KEYS[by]
    found = Counter((when(done.on).isoformat(), what(done)) for done in sight.completions)
    periods, keys = Counter[str](), Counter[str]()
    for (at, key), count in found.items():
        periods[at] += count
        keys[key] += count
    return {
        "n": found.total(),
        "numerator": found.total(),
        "rows": [{"period": at, "key": k, "completions": n} for (at, k), n in found.items()],
        "periods": [{"period": at, "completions": n} for at, n in periods.items()],
        "keys": [{"key": key, "completions": n} for key, n in keys.items()],
    }


def funnel(sight: Sight, per: str) -> Figure:
    """Everybody of whom a roster has told; days since the step before, or since the first."""
    days: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    stalled, keys = Counter[tuple[str, str]](), set[str]()
    for who, each in sight.learners.items():
        if each.registered_on is None:
            continue
        reached = {"registered": each.registered_on, **sight.people.steps.get(who, {})}
        last = [step for step in STEPS if step in reached][-1]
        took: dict[str, int | None] = {"registered": None}
        for before, step in pairwise(STEPS):
            if step in reached:
                known = before in reached
                took[step] = (reached[step] - reached[before]).days if known else None
        for module, on in sight.people.modules.get(who, {}).items():
            took[f"module {module}"] = (on - each.registered_on).days
        for key in (PER[per](each), ALL):
            keys.add(key)
            stalled[key, last] += 1
            for step, number in took.items():
                days[key, step].append(number)
    steps = [*STEPS, *sorted({step for _, step in days} - set(STEPS))]
    rows = [
        _step(key, step, days.get((key, step), []), len(days[key, "registered"]))
        | {"stalled": stalled[key, step] if step in STEPS else None}
        for key in keys
        for step in steps
    ]
    n = len(days.get((ALL, "registered"), []))
    return {"n": n, "denominator": {"value": n}, "rows": rows}


def _step(key: str, step: str, days: list[int | None], registered: int) -> Figure:
    known = [each for each in days if each is not None]
    return {
        "key": key,
        "step": step,
        "reached": len(days),
        "percent": percent(len(days), registered),
        "median_days": float(median(known)) if known else None,
    }


def freshness(sight: Sight) -> Figure:
    counted = sight.standing.kinds
    rows: list[Figure] = []
    for group, kinds in GROUPS.items():
        for topic in dict.fromkeys(TOPICS[kind] for kind in kinds):
            number = sum(counted[kind] for kind in kinds if TOPICS[kind] == topic)
            if number:
                rows.append({"group": group, "topic": topic, "events": number})
    return {"n": sum(row["events"] for row in rows), "rows": rows}
