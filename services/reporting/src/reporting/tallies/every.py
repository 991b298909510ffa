"""All tallies there are."""

from collections.abc import Sequence

from reporting.projections.headline import SIGNED
from reporting.projections.learners import ENROLMENTS, PARTS, PEOPLE
from reporting.projections.pipeline import STATES
from reporting.projections.places import ATTENDANCE, CLASSROOM, SEATS
from reporting.projections.portfolios import PORTFOLIO_STATES
from reporting.projections.quality import PEOPLE as PEOPLE_CHECKS
from reporting.projections.quality import UNKNOWN_PEOPLE, UNKNOWN_SESSIONS, UNMARKED
from reporting.projections.results import DONE, EXCLUDED, MATCHED
from reporting.projections.risk import TRAINING
from reporting.projections.sessions import CALENDAR
from reporting.projections.tally import Tally
from reporting.projections.way import WAY

TALLIES: Sequence[Tally] = (
    PEOPLE,
    ENROLMENTS,
    PARTS,
    SIGNED,
    DONE,
    MATCHED,
    EXCLUDED,
    CLASSROOM,
    ATTENDANCE,
    CALENDAR,
    SEATS,
    PORTFOLIO_STATES,
    STATES,
    WAY,
    TRAINING,
    PEOPLE_CHECKS,
    UNKNOWN_PEOPLE,
    UNKNOWN_SESSIONS,
    UNMARKED,
)
