"""The figures by name: what each is built from and by what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.projection import Projection
from reporting.api.figures.completions import module_completions
from reporting.api.figures.counts import (
    attendance,
    enrolments,
    portfolios,
    programme_parts,
    sessions,
)
from reporting.api.figures.freshness import freshness
from reporting.api.figures.headline import headline
from reporting.api.figures.improvement import improvement
from reporting.api.figures.progress import progress
from reporting.api.figures.reader import Document, Reader
from reporting.projections import PROJECTIONS
from reporting.projections.completions import MODULE_COMPLETIONS
from reporting.projections.headline import HEADLINE
from reporting.projections.learners import LEARNERS
from reporting.projections.places import PLACES
from reporting.projections.portfolios import PORTFOLIOS
from reporting.projections.results import RESULTS
from reporting.projections.sessions import SESSIONS
from reporting.projections.workforces import WORKFORCES


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a figure is built, and from which projections: it changes only when one of them does."""

    build: Callable[[Reader], Awaitable[Document]]
    of: tuple[Projection, ...]

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(each.group for each in self.of)


FIGURES = {
    "headline": Recipe(headline, (HEADLINE, WORKFORCES)),
    "forces": Recipe(
        progress,
        (LEARNERS, RESULTS, MODULE_COMPLETIONS, PLACES, PORTFOLIOS, HEADLINE, WORKFORCES),
    ),
    "module-completions": Recipe(module_completions, (MODULE_COMPLETIONS,)),
    "improvement": Recipe(improvement, (RESULTS,)),
    "enrolments": Recipe(enrolments, (LEARNERS,)),
    "parts": Recipe(programme_parts, (LEARNERS,)),
    "portfolios": Recipe(portfolios, (PORTFOLIOS,)),
    "sessions": Recipe(sessions, (SESSIONS,)),
    "attendance": Recipe(attendance, (PLACES,)),
    "freshness": Recipe(freshness, tuple(PROJECTIONS)),
}
