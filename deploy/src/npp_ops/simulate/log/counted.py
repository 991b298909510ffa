"""The figures that count by force: the headline, progress, enrolments, parts, portfolios, risk."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final

from npp_ops.simulate.ledger.pipeline import BANDS
from npp_ops.simulate.ledger.risk import COUNTS, DUE, IDLE
from npp_ops.simulate.ledger.shapes import ALL, PROGRESS, STATES, TRAINING, percent
from npp_ops.simulate.log.facts import Enrolment, Portfolio
from npp_ops.simulate.log.sight import Sight, in_classroom, measured

Figure = dict[str, Any]
LEAST: Final = 5


def table(sight: Sight, names: Sequence[str], found: Counter[tuple[str, str]]) -> list[Figure]:
    """A row for each force and one for all, with 0 where there is nothing."""
    return [
        {"force_id": of, **{name: found[of, name] for name in names}}
        for of in (*sight.listed(), ALL)
    ]


def tally(facts: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Facts by force and name, and of all forces."""
    return Counter(pair for of, name in facts for pair in ((of, name), (ALL, name)))


def people(facts: Iterable[tuple[str, str, str]]) -> Counter[tuple[str, str]]:
    """By force and name how many different people; of all forces each person once."""
    found = {one for of, name, who in facts for one in ((of, name, who), (ALL, name, who))}
    return Counter((of, name) for of, name, _ in found)


def staff_signed(sight: Sight) -> Counter[tuple[str, str]]:
    known = sight.standing.learners
    return people(
        (of, "staff_signed", who)
        for of, who in sight.signatures
        if who in known and known[who].neighbourhood
    )


def denominators(sight: Sight) -> dict[str, tuple[int, int]]:
    """By force the last that it said of its latest day, and how often it said something of it."""
    found = {}
    for force_id, reports in sight.reports.items():
        latest = max(each.as_of for each in reports)
        about = [each.headcount for each in reports if each.as_of == latest]
        found[force_id] = (about[-1], len(about))
    return found


def headline(sight: Sight, nation: Sight) -> Figure:
    found = _headline(sight)
    if sight.own is not None:
        found["national"] = _beside(sight.own, nation)
    return found


def _beside(own: str, nation: Sight) -> Figure:
    """What a force is told of all that have reported staff: roughly, with enough others in it."""
    signed, staff = staff_signed(nation), denominators(nation)
    by_force = {of: signed[of, "staff_signed"] for of in staff}
    others = [number for of, number in by_force.items() if number and of != own]
    if len(others) < LEAST or sum(others) < LEAST * LEAST:
        return {"numerator": None, "percent": None}
    number, whole = sum(by_force.values()), sum(count for count, _ in staff.values())
    share = percent(number, whole)
    return {
        "numerator": _two_digits(number),
        "percent": None if share is None else round(share),
        "denominator": {"value": _two_digits(whole)},
    }


def _two_digits(number: int) -> int:
    """To the nearest ten, hundred, thousand: the first two digits, halves upwards."""
    unit: int = max(10, 10 ** (len(f"{number}") - 2))
    return unit * ((2 * number + unit) // (2 * unit))


def _headline(sight: Sight) -> Figure:
    signed, staff = staff_signed(sight), denominators(sight)
    rows: list[Figure] = []
    for of in sight.listed():
        count, revision = staff.get(of, (None, None))
        number = signed[of, "staff_signed"]
        rows.append(
            {"force_id": of, "numerator": number, "denominator": count, "revision": revision}
            | {"percent": percent(number, count)}
        )
    number = signed[ALL, "staff_signed"]
    of_reported = sum(signed[of, "staff_signed"] for of in staff)
    whole = sum(count for count, _ in staff.values())
    return {
        "n": number,
        "numerator": number,
        "denominator": {"value": whole if staff else None, "reported": len(staff)},
        "percent": percent(min(of_reported, number), whole),
        "rows": rows,
    }


def forces(sight: Sight, _nation: Sight) -> Figure:
    found = tally((each.force_id, "registered") for each in sight.learners.values())
    going = {each.learner_id for each in _begun(sight) if each.training != "withdrawn"}
    found += tally((sight.learners[who].force_id, "enrolled") for who in going)
    found += tally((done.force_id, "module_completions") for done in sight.completions)
    found += tally((each.force_id, each.state) for each in _opened(sight))
    found += staff_signed(sight)
    steps = {"baseline": "baseline_done", "final": "final_passed"}
    found += people(
        (each.force_id, steps[each.said.occasion or ""], each.said.learner_id or "")
        for each in sight.results.values()
        if measured(each)
    )
    found += people(
        (seat.force_id, "classroom_attended", seat.learner_id)
        for seat in sight.seats.values()
        if in_classroom(seat)
    )
    rows = table(sight, PROGRESS, found)
    staff = denominators(sight)
    for row in rows[:-1]:
        row["denominator"] = staff.get(row["force_id"], (None, 0))[0]
        row["percent"] = percent(row["staff_signed"], row["denominator"])
    return {"n": rows[-1]["registered"], "rows": rows}


def enrolments(sight: Sight, _nation: Sight) -> Figure:
    of = sight.learners
    found = tally((of[each.learner_id].force_id, _training(each)) for each in _begun(sight))
    rows = table(sight, TRAINING, found)
    return {"n": sum(rows[-1][state] for state in TRAINING), "rows": rows}


def portfolios(sight: Sight, _nation: Sight) -> Figure:
    found = tally((each.force_id, each.state) for each in _opened(sight))
    rows = table(sight, STATES, found)
    return {"n": sum(rows[-1][state] for state in STATES), "rows": rows}


def parts(sight: Sight, _nation: Sight) -> Figure:
    enrolled, completed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in sight.enrolments.values():
        for part, on in each.parts.items():
            for of in (sight.learners[each.learner_id].force_id, ALL):
                enrolled[of, part] += 1
                completed[of, part] += on is not None
    rows: list[Figure] = [
        {"force_id": of, "part": part, "enrolled": count, "completed": completed[of, part]}
        | {"percent": percent(completed[of, part], count)}
        for (of, part), count in enrolled.items()
    ]
    return {"n": sum(row["enrolled"] for row in rows if row["force_id"] == ALL), "rows": rows}


def pipeline(sight: Sight, _nation: Sight) -> Figure:
    ages: dict[tuple[str, str], list[int]] = {}
    for each in sight.portfolios.values():
        if each.days and each.state != "signed":
            for of in (each.force_id, ALL):
                age = (sight.standing.today - each.since).days
                ages.setdefault((of, each.state), []).append(age)
    rows: list[Figure] = [
        {"force_id": of, "state": state, "portfolios": len(found)}
        | {name: sum(_band(age) == name for age in found) for name in BANDS}
        | {"median_days": float(median(found))}
        for (of, state), found in ages.items()
    ]
    n = sum(row["portfolios"] for row in rows if row["force_id"] == ALL)
    return {"n": n, "numerator": n, "rows": rows}


def at_risk(sight: Sight, _nation: Sight) -> Figure:
    today, moved = sight.standing.today, sight.people.moved_on
    found = Counter[tuple[str, str]]()
    for each in _begun(sight):
        if each.training != "active" or each.completed >= each.opened or not each.enrolled_on:
            continue
        since = min([each.enrolled_on, *each.modules])
        last = [*each.modules, *([moved[each.learner_id]] if each.learner_id in moved else [])]
        due = since <= today - DUE
        idle = max(last, default=each.enrolled_on) <= today - IDLE
        for of in (sight.learners[each.learner_id].force_id, ALL):
            found[of, "in_training"] += 1
            found[of, "due"] += due
            found[of, "idle"] += idle
            found[of, "at_risk"] += due and idle
    rows = table(sight, COUNTS, found)
    for row in rows:
        row["percent"] = percent(row["at_risk"], row["in_training"])
    n = rows[-1]["at_risk"]
    return {
        "n": n,
        "numerator": n,
        "denominator": {"value": rows[-1]["in_training"]},
        "rows": rows,
    }


def _begun(sight: Sight) -> list[Enrolment]:
    return [each for each in sight.enrolments.values() if each.enrolled_on is not None]


def _opened(sight: Sight) -> list[Portfolio]:
    return [each for each in sight.portfolios.values() if "portfolio-opened" in each.days]


def _training(each: Enrolment) -> str:
    whole = each.completed_on is not None and None not in each.parts.values()
    return "completed" if whole and each.training != "withdrawn" else each.training


def _band(age: int) -> str:
    return max((name for name in BANDS if BANDS[name] <= age), key=BANDS.__getitem__)
