"""What a nation leaves out: the gaps that reporting must find in it."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Occasion
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL
from npp_ops.simulate.sent.statements import waiting_for_ever

Figure: TypeAlias = dict[str, Any]
OF_FORCES: Final = (
    *("not-enrolled", "role-unknown", "final-without-baseline", "signed-without-final"),
    *("register-missing", "workforce-missing"),
)
OF_FILES: Final = ("rows-refused", "rows-unmatched", "statements-waiting", "roster-late")
OF_NATION: Final = ("unknown-people", "unknown-sessions", "not-applied")
ROWS: Final = timedelta(days=30)
ROSTER: Final = timedelta(days=35)
Found: TypeAlias = Counter[tuple[str, str]]


def data_quality(ending: Ending, own: str | None) -> Figure:
    return _figure(ending, own, _gaps(ending), OF_FORCES)


def data_quality_with_files(ending: Ending, own: str | None) -> Figure:
    """All files are sent on the day of the plan."""
    found, told = _gaps(ending), set[str]()
    age = datetime.now(UTC).date() - ending.plan.day
    for file in ending.files:
        for of, share in file.shares.items():
            if age <= ROWS:
                found[of, "rows-refused"] += share.refused
                found[of, "rows-unmatched"] += share.unmatched
            if age <= ROSTER and file.kind == "rosters" and share.rows > share.refused:
                told.add(of)
    for of, number in waiting_for_ever(ending.plan).items():
        found[of, "statements-waiting"] = number
    for each in ending.plan.strengths:
        found[each.force_id, "roster-late"] += each.force_id not in told
    return _figure(ending, own, found, (*OF_FORCES, *OF_FILES))


def _gaps(ending: Ending) -> Found:
    """Everybody is enrolled and announced; results, portfolios and registers have gaps."""
    baselines, finals = (
        {each.person for each in ending.valid_sittings if each.occasion is occasion}
        for occasion in (Occasion.BASELINE, Occasion.FINAL)
    )
    signed = {at for at, state in ending.portfolios.items() if state == "signed"}
    found: Found = Counter()
    gaps = {
        "final-without-baseline": finals - baselines,
        "signed-without-final": signed - ending.final_passed,
    }
    for check, people in gaps.items():
        found.update((ending.first_force(at), check) for at in people)
    for session in ending.plan.classes:
        over = session.ends_at < datetime.now(UTC) and session.cancelled is None
        if over and not session.held and ending.seats[session.name].booked:
            found[session.force_id, "register-missing"] += 1
    return found


def _figure(ending: Ending, own: str | None, found: Found, checks: Iterable[str]) -> Figure:
    listed = [each.force_id for each in ending.plan.strengths if own in (None, each.force_id)]
    rows: list[Figure] = []
    for check in checks:
        counts = {force_id: found[force_id, check] for force_id in listed}
        whole = sum(n for (of, what), n in found.items() if what == check and own in (None, of))
        rows += [{"force_id": of, "check": check, "found": n} for of, n in counts.items()]
        rows.append({"force_id": ALL, "check": check, "found": whole})
    if own is None:
        rows += [{"force_id": ALL, "check": check, "found": 0} for check in OF_NATION]
    return {"n": None, "rows": rows}
