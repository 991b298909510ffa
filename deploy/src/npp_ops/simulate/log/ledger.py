"""Everything that anybody can ask of figures, and what each answer must say, by the log."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from npp_contracts.ids import NATIONAL
from npp_ops.forces import forces
from npp_ops.simulate.ledger.completions import KEYS, PERIODS
from npp_ops.simulate.ledger.ledger import Ask
from npp_ops.simulate.ledger.shapes import SHAPES as OF_THE_PLAN
from npp_ops.simulate.ledger.shapes import Flat, Shape, cut
from npp_ops.simulate.log import counted, gaps, others
from npp_ops.simulate.log.counted import Figure
from npp_ops.simulate.log.sight import Sight

Sights = Mapping[str, Sight]
READERS: Final = (NATIONAL, *(each.id for each in forces()))
FIGURES: Final[Mapping[str, Mapping[int, Callable[[Sight, Sight], Figure]]]] = {
    "headline": {1: counted.headline},
    "forces": {1: counted.forces},
    "module-completions": {1: lambda sight, _: others.completions(sight, "month", "module")},
    "improvement": {1: others.improvement},
    "funnel": {1: lambda sight, _: others.funnel(sight, "force")},
    "at-risk": {1: counted.at_risk},
    "pipeline": {1: counted.pipeline},
    "enrolments": {1: counted.enrolments},
    "parts": {1: counted.parts},
    "portfolios": {1: counted.portfolios},
    "sessions": {1: others.sessions_by_state, 2: others.sessions},
    "attendance": {1: others.attendance},
    "data-quality": {1: gaps.data_quality, 2: gaps.data_quality_with_files},
    "freshness": {1: lambda sight, _: others.freshness(sight)},
}
"""By the version of the definition."""
UNTOLD: Final = frozenset({"freshness"})
"""What only the nation is told numbers of."""
_PLAN: Final = OF_THE_PLAN
SHAPES: Final = OF_THE_PLAN | {
    "headline": Shape(
        ("force_id",),
        ("numerator", "denominator", "revision", "percent"),
        (
            *("n", "numerator", "percent", "denominator.value", "denominator.reported"),
            *("national.numerator", "national.percent", "national.denominator.value"),
        ),
    ),
    "module-completions": replace(_PLAN["module-completions"], top=("n", "numerator")),
    "improvement": replace(_PLAN["improvement"], top=("n", "numerator", "denominator.value")),
    "funnel": replace(
        _PLAN["funnel"],
        cells=("reached", "percent", "stalled", "median_days"),
        top=("n", "denominator.value"),
    ),
    "at-risk": replace(_PLAN["at-risk"], top=("n", "numerator", "denominator.value")),
    "pipeline": replace(_PLAN["pipeline"], top=("n", "numerator")),
    "sessions": replace(_PLAN["sessions"], top=("n", "denominator.value")),
}


def asks() -> Iterator[Ask]:
    """Every figure in each of its parameters, for the nation and for each force."""
    for reader in READERS:
        told = [name for name in FIGURES if reader == NATIONAL or name not in UNTOLD]
        for name in told:
            if name not in ("module-completions", "funnel"):
                yield Ask(reader, name)
            for version in FIGURES[name]:
                if reader == NATIONAL or version != max(FIGURES[name]):
                    yield Ask(reader, name, version=version)
        for period in PERIODS:
            for by in KEYS:
                yield Ask(reader, "module-completions", period, by)
        for per in others.PER:
            yield Ask(reader, "funnel", per=per)


def expected(sights: Sights, ask: Ask) -> Flat:
    """The numbers that the answer must have."""
    return cut(ask.address, shape_of(ask), document(sights, ask))


def document(sights: Sights, ask: Ask) -> Figure:
    sight, versions = sights[ask.force_id], FIGURES[ask.figure]
    if ask.period is not None and ask.by is not None:
        return others.completions(sight, ask.period, ask.by)
    if ask.per is not None:
        return others.funnel(sight, ask.per)
    return versions[ask.version or max(versions)](sight, sights[NATIONAL])


def shape_of(ask: Ask) -> Shape:
    older = f"{ask.figure} {ask.version}"
    return SHAPES.get(older, SHAPES[ask.figure])
