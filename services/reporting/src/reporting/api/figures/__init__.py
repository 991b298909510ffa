"""The figures by name: what each is built from and by what."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, get_args

from chassis.projection import Projection
from reporting.api.figures.ages import pipeline
from reporting.api.figures.completions import module_completions
from reporting.api.figures.counts import (
    attendance,
    enrolments,
    portfolios,
    programme_parts,
    sessions_by_state,
)
from reporting.api.figures.freshness import freshness
from reporting.api.figures.headline import headline
from reporting.api.figures.improvement import improvement
from reporting.api.figures.progress import progress
from reporting.api.figures.quality import data_quality, data_quality_with_files
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.risk import people_at_risk
from reporting.api.figures.seats import sessions_with_places
from reporting.api.figures.way import funnel
from reporting.projections import PROJECTIONS
from reporting.projections.completions import MODULE_COMPLETIONS, By, Period
from reporting.projections.files import FILES
from reporting.projections.funnel import FUNNEL
from reporting.projections.headline import HEADLINE
from reporting.projections.learners import LEARNERS
from reporting.projections.pipeline import PIPELINE
from reporting.projections.places import PLACES
from reporting.projections.portfolios import PORTFOLIOS
from reporting.projections.results import RESULTS
from reporting.projections.risk import RISK
from reporting.projections.sessions import SESSIONS
from reporting.projections.way import Per
from reporting.projections.workforces import WORKFORCES

HOUR: Final = 3600
DAY: Final = 24 * HOUR
Build: TypeAlias = Callable[[Reader], Awaitable[Document]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a figure is built, and from which projections: it changes only when one of them does.

    build: by the version of its definition. passes: seconds after which it is another one even
    though nothing has happened. national: a force is told a number of the nation beside its own.
    choices: of all that readers may choose what it heeds, each with all that it can be.
    """

    build: Mapping[int, Build]
    of: tuple[Projection, ...]
    passes: int = 0
    national: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(each.group for each in self.of)


FIGURES = {
    "headline": Recipe({1: headline}, (HEADLINE, WORKFORCES), national=True),
    "forces": Recipe(
        {1: progress},
        (LEARNERS, RESULTS, MODULE_COMPLETIONS, PLACES, PORTFOLIOS, HEADLINE, WORKFORCES),
    ),
    "module-completions": Recipe(
        {1: module_completions},
        (MODULE_COMPLETIONS,),
        choices={"period": get_args(Period), "by": get_args(By)},
    ),
    "improvement": Recipe({1: improvement}, (RESULTS,)),
    "funnel": Recipe({1: funnel}, (FUNNEL,), choices={"per": get_args(Per)}),
    "at-risk": Recipe({1: people_at_risk}, (RISK,), passes=DAY),
    "pipeline": Recipe({1: pipeline}, (PIPELINE,), passes=DAY),
    "enrolments": Recipe({1: enrolments}, (LEARNERS,)),
    "parts": Recipe({1: programme_parts}, (LEARNERS,)),
    "portfolios": Recipe({1: portfolios}, (PORTFOLIOS,)),
    "sessions": Recipe({1: sessions_by_state, 2: sessions_with_places}, (SESSIONS, PLACES)),
    "attendance": Recipe({1: attendance}, (PLACES,)),
    "data-quality": Recipe(
        {1: data_quality, 2: data_quality_with_files},
        (LEARNERS, RESULTS, PORTFOLIOS, PLACES, SESSIONS, WORKFORCES, FILES),
        passes=HOUR,
    ),
    "freshness": Recipe({1: freshness}, tuple(PROJECTIONS), passes=1),
}
