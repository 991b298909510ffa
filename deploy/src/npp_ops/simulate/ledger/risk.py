"""People at risk of not finishing, as reporting must count them on a day."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Attendance
from npp_contracts.day import day_of
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL, percent

Figure: TypeAlias = dict[str, Any]
COUNTS: Final = ("in_training", "due", "idle", "at_risk")
DUE: Final = timedelta(days=180)
IDLE: Final = timedelta(days=60)


def at_risk(ending: Ending, own: str | None) -> Figure:
    """As of today: the rule counts days up to the day on which it is asked for."""
    return on_day(ending, own, datetime.now(UTC).date())


def on_day(ending: Ending, own: str | None, today: date) -> Figure:
    listed = [each.force_id for each in ending.plan.strengths if own in (None, each.force_id)]
    found = {force_id: dict.fromkeys(COUNTS, 0) for force_id in (*listed, ALL)}
    first, last = _days(ending)
    for at, state in ending.enrolments.items():
        if state == "active" and ending.force_now(at) in found:
            # Everybody is enrolled on the day of the plan, on which it is carried out.
            due = min(first.get(at, ending.plan.day), ending.plan.day) <= today - DUE
            idle = last.get(at, ending.plan.day) <= today - IDLE
            for of in (ending.force_now(at), ALL):
                found[of]["in_training"] += 1
                found[of]["due"] += due
                found[of]["idle"] += idle
                found[of]["at_risk"] += due and idle
    rows: list[Figure] = [
        {"force_id": of, **counts, "percent": percent(counts["at_risk"], counts["in_training"])}
        for of, counts in found.items()
    ]
    return {"n": found[ALL]["at_risk"], "rows": rows}


def _days(ending: Ending) -> tuple[Mapping[int, date], Mapping[int, date]]:
    """By person the day of the first module, and of the last thing that counts as progress."""
    plan = ending.plan
    first: dict[int, date] = {}
    progress = Counter[int]()
    for done in ending.completions:
        first[done.person] = min(first.get(done.person, done.on), done.on)
        progress[done.person] = max(progress[done.person], done.on.toordinal())
    for session in plan.classes:
        on = day_of(session.starts_at).toordinal()
        for mark in session.register:
            if mark.attendance is not Attendance.NO_SHOW:
                progress[mark.person] = max(progress[mark.person], on)
    for person in (*(s.person for s in ending.valid_sittings), *(f.person for f in plan.folders)):
        progress[person] = max(progress[person], plan.day.toordinal())
    return first, {person: date.fromordinal(day) for person, day in progress.items()}
