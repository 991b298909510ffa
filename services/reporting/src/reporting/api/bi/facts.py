"""The counters beneath the figures that a force may take into its own tool: never a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chassis.projection import Projection
from reporting.projections.completions import MODULE_COMPLETIONS
from reporting.projections.headline import HEADLINE
from reporting.projections.places import PLACES
from reporting.projections.workforces import WORKFORCES


@dataclass(frozen=True, slots=True)
class Fact:
    """The rows of one force, by the query and again by row-level security."""

    sql: str
    of: Projection


FACTS: Final[Mapping[str, Fact]] = {
    "module_completion_days": Fact(
        """
        SELECT completed_on AS day, module, via, completions FROM module_completions_view
        WHERE force_id = :force ORDER BY 1, 2, 3
        """,
        MODULE_COMPLETIONS,
    ),
    "signature_days": Fact(
        """
        SELECT (signed_at AT TIME ZONE 'UTC')::date AS day, part, count(*) AS portfolios
        FROM headline_signatures_view WHERE force_id = :force GROUP BY 1, 2 ORDER BY 1, 2
        """,
        HEADLINE,
    ),
    "attendance_days": Fact(
        """
        SELECT held_on AS day, kind, module, attendance, count(*) AS entries,
            sum(minutes)::bigint AS minutes
        FROM places_view WHERE force_id = :force AND attendance IS NOT NULL
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        PLACES,
    ),
    "workforce_reports": Fact(
        """
        SELECT as_of AS denominator_as_of,
            row_number() OVER (PARTITION BY as_of ORDER BY sequence) AS revision,
            headcount, source, reported_at
        FROM workforces_view WHERE force_id = :force ORDER BY as_of, sequence
        """,
        WORKFORCES,
    ),
}
