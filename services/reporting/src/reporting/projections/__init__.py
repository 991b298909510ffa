"""The read models: one file each with its tables, its statements and its queries."""

from collections.abc import Sequence

from chassis.projection import Projection
from reporting.projections.completions import MODULE_COMPLETIONS
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
from reporting.projections.workforces import WORKFORCES

PROJECTIONS: Sequence[Projection] = (
    LEARNERS,
    WORKFORCES,
    FILES,
    HEADLINE,
    MODULE_COMPLETIONS,
    PORTFOLIOS,
    RESULTS,
    SESSIONS,
    PLACES,
    FUNNEL,
    RISK,
    PIPELINE,
)
