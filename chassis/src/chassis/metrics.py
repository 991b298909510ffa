"""What a metric is: a name, what moves it, what to do about it; all of them by name."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from prometheus_client import Histogram as _Histogram
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)


@dataclass(frozen=True, slots=True)
class Described:
    """One metric as an operator meets it: its name, what moves it, what to do about it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    moves: str
    act: str


class Histogram(_Histogram):
    """A histogram that takes a batch at once: a few microseconds instead of one for each value."""

    def observe_all(self, values: Iterable[float]) -> None:
        """As observe() of each."""
        ordered = sorted(values)
        self._sum.inc(sum(ordered))
        below = 0
        for bucket, bound in zip(self._buckets, self._upper_bounds, strict=True):
            if (up_to := bisect_right(ordered, bound)) > below:
                bucket.inc(up_to - below)
                below = up_to


CATALOGUE: Final[dict[str, Described]] = {}


def metric(kind: type[M], name: str, *labels: str, moves: str, act: str, buckets: Any = None) -> M:
    """A metric, entered in the catalogue. moves: what moves it; act: what to do about it."""
    CATALOGUE[name] = Described(name, kind.__name__.lower(), labels, moves, act)
    return kind(name, moves, labels, **({} if buckets is None else {"buckets": buckets}))


FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
