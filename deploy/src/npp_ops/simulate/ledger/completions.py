"""Module completions over time, as reporting must sum them up."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, Protocol

from npp_ops.simulate.ledger.ending import Ending

PERIODS: Final[dict[str, Callable[[date], date]]] = {
    "day": lambda on: on,
    "week": lambda on: on - timedelta(days=on.weekday()),
    "month": lambda on: on.replace(day=1),
}


class Completion(Protocol):
    """As the plan has it, or the log."""

    @property
    def module(self) -> str: ...
    @property
    def force_id(self) -> str: ...
    @property
    def via(self) -> str: ...


KEYS: Final[dict[str, Callable[[Completion], str]]] = {
    "module": lambda done: done.module,
    "force": lambda done: done.force_id,
    "via": lambda done: done.via,
}


def completions(ending: Ending, own: str | None, period: str, by: str) -> dict[str, Any]:
    """Rows by period and key, and the sums of both."""
    when, what = PERIODS[period], KEYS[by]
    counted = ending.completions if own is None else ending.completions_by_force.get(own, ())
    found = Counter((when(done.on).isoformat(), what(done)) for done in counted)
    periods, keys = Counter[str](), Counter[str]()
    for (at, key), count in found.items():
        periods[at] += count
        keys[key] += count
    return {
        "n": found.total(),
        "rows": [
            {"period": at, "key": key, "completions": count} for (at, key), count in found.items()
        ],
        "periods": [{"period": at, "completions": count} for at, count in periods.items()],
        "keys": [{"key": key, "completions": count} for key, count in keys.items()],
    }
