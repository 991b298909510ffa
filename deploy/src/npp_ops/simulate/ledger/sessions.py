"""Sessions and their places, as reporting must count them."""

from collections import Counter
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Attendance
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL
from npp_ops.simulate.plan.classes import Class

Figure: TypeAlias = dict[str, Any]

COUNTED: Final = ("sessions", "places", "booked", "waiting", "attended", "no_show")


def with_places(ending: Ending, own: str | None) -> Figure:
    """By host and kind; of another host's session a force sees its own people's places."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for each in ending.plan.classes:
        if own is None or each.force_id in (own, NATIONAL):
            for of in (each.force_id, ALL):
                found.setdefault((of, each.kind), Counter()).update(_places(ending, own, each))
    rows: list[Figure] = [
        {"force_id": of, "kind": kind, **{name: counted[name] for name in COUNTED}}
        for (of, kind), counted in found.items()
    ]
    return {"n": sum(row["sessions"] for row in rows if row["force_id"] == ALL), "rows": rows}


def _places(ending: Ending, own: str | None, session: Class) -> dict[str, int]:
    seats = ending.seats[session.name]

    def counted(people: tuple[int, ...]) -> int:
        return sum(own in (None, ending.first_force(at)) for at in people)

    there = tuple(m.person for m in session.register if m.attendance is not Attendance.NO_SHOW)
    missing = tuple(m.person for m in session.register if m.attendance is Attendance.NO_SHOW)
    goes_on = session.cancelled is None
    return {
        "sessions": int(goes_on),
        "places": session.capacity if goes_on else 0,
        "booked": counted(seats.seated),
        "waiting": counted(seats.queued),
        "attended": counted(there),
        "no_show": counted(missing),
    }


def by_state(ending: Ending, own: str | None) -> Figure:
    found, places = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for each in ending.plan.classes:
        if own is None or each.force_id in (own, NATIONAL):
            state = "cancelled" if each.cancelled else "scheduled"
            for of in (each.force_id, ALL):
                found[of, each.kind, state] += 1
                places[of, each.kind, state] += each.capacity
    rows: list[Figure] = [
        {
            "force_id": of,
            "kind": kind,
            "state": state,
            "sessions": count,
            "capacity": places[of, kind, state],
        }
        for (of, kind, state), count in found.items()
    ]
    return {"n": sum(row["sessions"] for row in rows if row["force_id"] == ALL), "rows": rows}
