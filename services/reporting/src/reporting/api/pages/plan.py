"""What is on which page: a page is a list of panels, a panel a figure in a template of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reporting.api.sight import Sight
from reporting.projections.way import Per


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure on a page. id: of the section and its template. per: what a funnel is by.

    whole: cannot be told of one force out of a figure of the nation.
    """

    id: str
    figure: str
    per: Per = "force"
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A dashboard by its address. title: what it is called in the navigation and above it."""

    name: str
    path: str
    title: str
    about: str
    panels: tuple[Panel, ...]

    def seen(self, *, only: bool) -> tuple[Panel, ...]:
        """Its panels; only: to readers of one force out of a nation's figures."""
        return tuple(each for each in self.panels if not (only and each.whole))


FRESH: Final = Panel("fresh", "freshness")
"""How fresh everything is, in a line at the head of every page."""
_HEADLINE: Final = Panel("headline", "headline")
_AT_RISK: Final = Panel("at-risk", "at-risk")
_FUNNEL: Final = Panel("funnel", "funnel")
_COMPLETIONS: Final = Panel("module-completions", "module-completions", whole=True)
_IMPROVEMENT: Final = Panel("improvement", "improvement", whole=True)
_PIPELINE: Final = Panel("pipeline", "pipeline")
_SESSIONS: Final = Panel("sessions", "sessions")
_ATTENDANCE: Final = Panel("attendance", "attendance")
_QUALITY: Final = Panel("data-quality", "data-quality")

OVERVIEW: Final = Page(
    "overview",
    "/",
    "National overview",
    "How many neighbourhood staff have a portfolio that their force has signed, force by force.",
    (_HEADLINE, Panel("map", "forces"), Panel("forces", "forces")),
)
FORCE: Final = Page(
    "force",
    "/forces/{force_id}",
    "Force overview",
    "Where the force stands: its portfolios, its people on their way, and what needs mending.",
    (
        _HEADLINE,
        Panel("key-figures", "forces"),
        *(_FUNNEL, _AT_RISK, _PIPELINE, _COMPLETIONS, _IMPROVEMENT),
        *(_SESSIONS, _ATTENDANCE, _QUALITY),
    ),
)
PAGES: Final[Mapping[str, Page]] = {
    page.name: page
    for page in (
        OVERVIEW,
        FORCE,
        Page(
            "programme",
            "/programme",
            "Programme and cohorts",
            "How far people have come, and where they stall.",
            (
                *(_FUNNEL, Panel("cohorts", "funnel", "cohort"), _AT_RISK),
                *(Panel("enrolments", "enrolments"), Panel("parts", "parts"), _COMPLETIONS),
            ),
        ),
        Page(
            "portfolios",
            "/portfolio-pipeline",
            "Portfolios",
            "Portfolios on their way to being signed, and how long they have waited.",
            (_PIPELINE, Panel("portfolios", "portfolios")),
        ),
        Page(
            "assessment",
            "/assessment",
            "Assessment",
            "What changes between the first and the last assessment.",
            (_IMPROVEMENT,),
        ),
        Page(
            "sessions",
            "/sessions",
            "Sessions",
            "Classroom days, webinars and the week of action: places, waiting and attendance.",
            (_SESSIONS, _ATTENDANCE),
        ),
        Page(
            "quality",
            "/data-quality",
            "Data quality",
            "What is missing, late or does not fit together, and who can mend it.",
            (_QUALITY, Panel("freshness", "freshness")),
        ),
    )
}


def home(sight: Sight) -> Page:
    """What the first page shows: a force its own."""
    return OVERVIEW if sight.force is None else FORCE
