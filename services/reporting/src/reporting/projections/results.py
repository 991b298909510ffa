"""Results: who has done baseline and final, and the matched pairs that improvement rests on."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.assessment import ResultReleased
from reporting.domain.improvement import Pairs
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, by_force, rows
from reporting.store import metadata

results_view = Table(
    "results_view",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("force_id", Text),
    Column("programme_id", Text),
    Column("programme_version", Integer),
    Column("blueprint", Text),
    Column("part", Text),
    Column("occasion", Text),
    Column("outcome", Text),
    Column("score_percent", Numeric(5, 2)),
    Column("valid", Boolean),
    Column("first_valid", Boolean),
    Column("sequence", BigInteger),
)

RESULTS = projection(
    "reporting.results",
    [results_view],
    {
        ResultReleased: [
            # A result may be released again, as void or because another attempt has become void.
            Statement(
                "attempt_id uuid, learner_id uuid, force_id text, programme_id text,"
                " programme_version integer, blueprint text, part text, occasion text,"
                " outcome text, score_percent numeric, valid boolean, first_valid boolean,"
                " sequence bigint",
                """
                INSERT INTO results_view AS v
                    (attempt_id, learner_id, force_id, programme_id, programme_version, blueprint,
                     part, occasion, outcome, score_percent, valid, first_valid, sequence)
                SELECT DISTINCT ON (attempt_id)
                    attempt_id, learner_id, force_id, programme_id, programme_version, blueprint,
                    part, occasion, outcome, score_percent, valid, first_valid, sequence
                FROM fresh ORDER BY attempt_id, sequence DESC
                ON CONFLICT (attempt_id) DO UPDATE
                SET force_id = excluded.force_id, outcome = excluded.outcome,
                    score_percent = excluded.score_percent, valid = excluded.valid,
                    first_valid = excluded.first_valid, sequence = excluded.sequence
                WHERE v.sequence < excluded.sequence
                """,
            )
        ]
    },
)

_DONE = """
WITH done AS (
    SELECT force_id, learner_id, bool_or(occasion = 'baseline') AS baseline,
        bool_or(occasion = 'final') AS final
    FROM results_view
    WHERE valid AND (occasion = 'baseline' AND outcome IN ('passed', 'failed')
                     OR occasion = 'final' AND outcome = 'passed')
      AND (CAST(:force AS text) IS NULL OR force_id = :force)
    GROUP BY force_id, learner_id
), everywhere AS (
    SELECT bool_or(baseline) AS baseline, bool_or(final) AS final FROM done GROUP BY learner_id
)
SELECT force_id, count(*) FILTER (WHERE baseline) AS baseline_done,
    count(*) FILTER (WHERE final) AS final_passed
FROM done GROUP BY force_id
UNION ALL
SELECT NULL, count(*) FILTER (WHERE baseline), count(*) FILTER (WHERE final) FROM everywhere
"""
# Between the release of a void and that of the attempt that takes its place two attempts may be
# the first valid one; the earlier one is, since attempt ids rise with time.
_MATCHED = """
WITH counted AS (
    SELECT DISTINCT ON (occasion, learner_id, blueprint, programme_id, programme_version)
        occasion, learner_id, blueprint, programme_id, programme_version, force_id, score_percent
    FROM results_view
    WHERE first_valid AND valid AND score_percent IS NOT NULL
      AND (CAST(:force AS text) IS NULL OR force_id = :force)
    ORDER BY occasion, learner_id, blueprint, programme_id, programme_version, attempt_id
)
SELECT b.score_percent AS baseline, f.score_percent AS final, count(*) AS count,
    count(*) FILTER (WHERE b.force_id <> f.force_id) AS transferred
FROM (SELECT * FROM counted WHERE occasion = 'baseline') b
FULL JOIN (SELECT * FROM counted WHERE occasion = 'final') f
    USING (learner_id, blueprint, programme_id, programme_version)
GROUP BY b.score_percent, f.score_percent
ORDER BY b.score_percent, f.score_percent
"""
_EXCLUDED = """
SELECT count(*) FILTER (WHERE outcome = 'absent') AS absent,
    count(*) FILTER (WHERE outcome = 'void') AS void,
    count(*) FILTER (WHERE valid AND NOT first_valid) AS later_attempt
FROM results_view WHERE CAST(:force AS text) IS NULL OR force_id = :force
"""


async def done(connection: AsyncConnection, force: str | None) -> Counts:
    """People with a valid baseline and with a passed final, by force and in all."""
    return await by_force(connection, _DONE, force=force)


async def matched(connection: AsyncConnection, force: str | None) -> tuple[list[Pairs], Row]:
    """The matched pairs by their scores; and how many are unmatched or count in two forces."""
    cells, beside = [], {"baseline_only": 0, "final_only": 0, "transferred": 0}
    for row in await rows(connection, _MATCHED, force=force):
        if row["final"] is None:
            beside["baseline_only"] += row["count"]
        elif row["baseline"] is None:
            beside["final_only"] += row["count"]
        else:
            cells.append(Pairs(float(row["baseline"]), float(row["final"]), row["count"]))
            beside["transferred"] += row["transferred"]
    return cells, beside


async def excluded(connection: AsyncConnection, force: str | None) -> Row:
    """Results that the matched pairs leave out, by the reason."""
    (found,) = await rows(connection, _EXCLUDED, force=force)
    return found
