"""Portfolios on their way and their ages, as reporting must count them on a day."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL

Figure: TypeAlias = dict[str, Any]
BANDS: Final = {"fresh": 0, "ageing": 14, "old": 28, "stale": 56}


def pipeline(ending: Ending, own: str | None) -> Figure:
    """As of today; whatever happened to a portfolio did so when the plan was carried out."""
    return on_day(ending, own, datetime.now(UTC).date())


def on_day(ending: Ending, own: str | None, today: date) -> Figure:
    age = (today - ending.plan.day).days
    band = max((name for name in BANDS if BANDS[name] <= age), key=BANDS.__getitem__)
    found = Counter[tuple[str, str]]()
    for at, state in ending.portfolios.items():
        if state != "signed" and own in (None, ending.first_force(at)):
            for of in (ending.first_force(at), ALL):
                found[of, state.replace("-", "_")] += 1
    rows: list[Figure] = [
        {
            "force_id": of,
            "state": state,
            "portfolios": count,
            **{name: count if name == band else 0 for name in BANDS},
            "median_days": float(age),
        }
        for (of, state), count in found.items()
    ]
    return {"n": sum(row["portfolios"] for row in rows if row["force_id"] == ALL), "rows": rows}
