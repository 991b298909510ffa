"""How many reached each step of the programme, after how many days, and where people stall."""

from itertools import pairwise
from typing import Final, Literal, get_args

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.projections.funnel import FUNNEL
from reporting.projections.rows import Row, rows
from reporting.projections.tally import NATION, Tally, seen

Per = Literal["force", "role", "cohort"]
STEPS: Final = (
    "registered",
    "enrolled",
    "baseline",
    "classroom",
    "final",
    "submitted",
    "assessed",
    "signed",
    "certified",
)
"""In their order. Modules stand between being enrolled and the baseline, in any order."""
STALLED: Final = "stalled "
"""Before the name of a step: who got so far and no further."""
ROUGH: Final = "~"
"""After the name of a tally: the same in stretches of 32 days."""

_SINCE: Final = ", ".join(
    f"('{step}', {step}_on, {step}_on - {before}_on)" for before, step in pairwise(STEPS)
)
_FURTHEST: Final = " ".join(f"WHEN {step}_on IS NOT NULL THEN '{step}'" for step in STEPS[::-1])
_MARKED: Final = ", ".join(
    f"min(reached_on) FILTER (WHERE step = '{step}') AS {step}_on"
    for step in ("baseline", "classroom", "final")
)
# What each reached and after how many days from the step before, d2 = 1 where nobody knows; and
# how far they have come. The key is their role and their cohort.
WAY = Tally(
    "funnel",
    "learner_id",
    [FUNNEL.group],
    f"""
    SELECT learner_id AS id, force_id,
        worker_type || '/' || to_char(registered_on, 'YYYY-MM') AS key, step AS item,
        coalesce(days, 0) AS d1, (days IS NULL)::integer AS d2, 1 AS n
    FROM funnel_people_view
    LEFT JOIN (SELECT learner_id, min(enrolled_on) AS enrolled_on,
        min(certified_on) AS certified_on FROM funnel_enrolments_view WHERE {{some}} GROUP BY 1) e
        USING (learner_id)
    LEFT JOIN (SELECT learner_id, {_MARKED} FROM funnel_marks_view
        WHERE reached_on IS NOT NULL AND {{some}} GROUP BY 1) m USING (learner_id)
    LEFT JOIN (SELECT learner_id, min(submitted_on) AS submitted_on,
        min(assessed_on) AS assessed_on, min(signed_on) AS signed_on
        FROM funnel_portfolios_view WHERE {{some}} GROUP BY 1) f USING (learner_id)
    CROSS JOIN LATERAL (VALUES ('registered', registered_on, NULL), {_SINCE},
        ('{STALLED}' || CASE {_FURTHEST} END, registered_on, NULL))
        AS steps (step, reached_on, days)
    WHERE reached_on IS NOT NULL AND {{some}}
    UNION ALL
    SELECT learner_id, force_id, worker_type || '/' || to_char(registered_on, 'YYYY-MM'),
        'module ' || module, completed_on - registered_on, 0, 1
    FROM funnel_modules_view JOIN funnel_people_view USING (learner_id) WHERE {{some}}
    """,  # noqa: S608  our own words
    spread=f"""
    SELECT s.tally || level.mark AS tally, s.force_id, s.key, c.item, level.days AS d1, c.d2, c.n
    FROM unnest(cells) AS c
    CROSS JOIN LATERAL (VALUES ('', c.d1), ('{ROUGH}', c.d1 >> 5)) AS level (mark, days)
    CROSS JOIN LATERAL (VALUES
        ('funnel-force', c.force_id, c.force_id),
        ('funnel-force', '', ''),
        ('funnel-role', c.force_id, split_part(c.key, '/', 1)),
        ('funnel-role', '', split_part(c.key, '/', 1)),
        ('funnel-cohort', c.force_id, split_part(c.key, '/', 2)),
        ('funnel-cohort', '', split_part(c.key, '/', 2))) AS s (tally, force_id, key)
    """,  # noqa: S608  our own words
    spreads=[f"funnel-{per}{mark}" for per in get_args(Per) for mark in ("", ROUGH)],
)
# A key's days are hundreds, and a nation has thousands of keys: the middle is looked for among
# stretches of 32 days, and only within the one where it is day by day.
_STEPS = f"""
WITH cells AS (
    SELECT false AS everybody, * FROM tally_cells WHERE tally = :tally || '{ROUGH}' AND {{seen}}
    UNION ALL
    SELECT true, * FROM tally_cells WHERE tally = 'funnel-force{ROUGH}' AND force_id = :whole
), ranked AS (
    SELECT *, (sum(n) OVER (PARTITION BY everybody, key, item, d2 ORDER BY d1))::bigint AS upto,
        (sum(n) OVER (PARTITION BY everybody, key, item, d2))::bigint AS whole
    FROM cells
), medians AS (
    SELECT everybody, key, item, avg(days)::float8 AS median_days FROM ranked AS r
    CROSS JOIN LATERAL (VALUES ((whole + 1) / 2), (whole / 2 + 1)) AS middle (place)
    CROSS JOIN LATERAL (
        SELECT d1 AS days FROM (
            SELECT d1, sum(n) OVER (ORDER BY d1) AS there FROM tally_cells AS c
            WHERE tally = rtrim(r.tally, '{ROUGH}') AND force_id = r.force_id AND key = r.key
                AND item = r.item AND d2 = 0 AND d1 BETWEEN r.d1 << 5 AND (r.d1 << 5) + 31
        ) AS day WHERE there >= place - (upto - n) ORDER BY d1 LIMIT 1
    ) AS days
    WHERE d2 = 0 AND place > upto - n AND place <= upto GROUP BY 1, 2, 3
)
SELECT CASE WHEN NOT everybody THEN key END AS key, item AS step, sum(n)::bigint AS reached,
    coalesce(sum(n) FILTER (WHERE d2 = 0), 0)::bigint AS timed, min(median_days) AS median_days
FROM ranked LEFT JOIN medians USING (everybody, key, item) GROUP BY everybody, key, item
"""  # noqa: S608  our own words


async def way(connection: AsyncConnection, force: str | None, per: Per) -> list[Row]:
    """By key, None for all together, and step who reached it, and after how many days.

    timed: of how many the days from the step before are known, for a module from registration.
    Steps called `stalled <step>` count who got so far and no further.
    """
    # By role and cohort the nation has cells of its own: they are added up already.
    forces = seen(force) if per == "force" or force is not None else f"force_id = '{NATION}'"
    whole = NATION if force is None else force
    sql = _STEPS.format(seen=forces)
    return await rows(connection, sql, force=force, whole=whole, tally=f"funnel-{per}")
