"""What a nation leaves out: the gaps that reporting must find in it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Occasion
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL

Figure: TypeAlias = dict[str, Any]
OF_FORCES: Final = (
    *("not-enrolled", "role-unknown", "final-without-baseline", "signed-without-final"),
    *("register-missing", "workforce-missing"),
)
OF_NATION: Final = ("unknown-people", "unknown-sessions", "not-applied")


def data_quality(ending: Ending, own: str | None) -> Figure:
    """Everybody is enrolled and announced; results, portfolios and registers have gaps."""
    baselines, finals = (
        {each.person for each in ending.valid_sittings if each.occasion is occasion}
        for occasion in (Occasion.BASELINE, Occasion.FINAL)
    )
    signed = {at for at, state in ending.portfolios.items() if state == "signed"}
    found = Counter[tuple[str, str]]()
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
    listed = [each.force_id for each in ending.plan.strengths if own in (None, each.force_id)]
    rows: list[Figure] = []
    for check in OF_FORCES:
        counts = {force_id: found[force_id, check] for force_id in listed}
        whole = sum(n for (of, what), n in found.items() if what == check and own in (None, of))
        rows += [{"force_id": of, "check": check, "found": n} for of, n in counts.items()]
        rows.append({"force_id": ALL, "check": check, "found": whole})
    if own is None:
        rows += [{"force_id": ALL, "check": check, "found": 0} for check in OF_NATION]
    return {"n": None, "rows": rows}
