"""Results: who has done baseline and final, and the matched pairs that improvement rests on."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.assessment import ResultReleased
from reporting.domain.improvement import Pairs
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, keyed, rows
from reporting.projections.tally import NATION, Tally
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
    touches=["learner_id"],
)


def _first(occasion: str) -> str:
    return f"""
        SELECT DISTINCT ON (whose, learner_id, blueprint, programme_id, programme_version)
            whose, learner_id, blueprint, programme_id, programme_version, force_id, score_percent
        FROM results_view CROSS JOIN LATERAL (VALUES (force_id), ('')) AS forces (whose)
        WHERE first_valid AND valid AND score_percent IS NOT NULL AND occasion = '{occasion}'
          AND {{some}}
        ORDER BY whose, learner_id, blueprint, programme_id, programme_version, attempt_id
    """  # noqa: S608  our own words


DONE = Tally(
    "done",
    "learner_id",
    [RESULTS.group],
    """
    SELECT DISTINCT learner_id AS id, whose AS force_id,
        CASE occasion WHEN 'baseline' THEN 'baseline_done' ELSE 'final_passed' END AS key,
        '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM results_view CROSS JOIN LATERAL (VALUES (force_id), ('')) AS forces (whose)
    WHERE valid AND (occasion = 'baseline' AND outcome IN ('passed', 'failed')
                     OR occasion = 'final' AND outcome = 'passed') AND {some}
    """,
)
# Between the release of a void and that of the attempt that takes its place two attempts may be
# the first valid one; the earlier one is, since attempt ids rise with time. A force matches what
# was sat with it, the nation all.
MATCHED = Tally(
    "matched",
    "learner_id",
    [RESULTS.group],
    """
    SELECT learner_id AS id, whose AS force_id,
        CASE WHEN b.force_id <> f.force_id THEN 'transferred' ELSE '' END AS key, '' AS item,
        coalesce(b.score_percent * 100, -1) AS d1, coalesce(f.score_percent * 100, -1) AS d2, 1 AS n
    FROM ({baseline}) AS b FULL JOIN ({final}) AS f
        USING (whose, learner_id, blueprint, programme_id, programme_version)
    """.replace("{baseline}", _first("baseline")).replace("{final}", _first("final")),
)
EXCLUDED = Tally(
    "excluded",
    "learner_id",
    [RESULTS.group],
    """
    SELECT learner_id AS id, force_id, key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM results_view CROSS JOIN LATERAL (VALUES
        ('absent', outcome = 'absent'), ('void', outcome = 'void'),
        ('later_attempt', valid AND NOT first_valid)) AS reasons (key, holds)
    WHERE holds AND {some}
    """,
)

_MATCHED = """
SELECT d1 / 100.0 AS baseline, d2 / 100.0 AS final, sum(n)::bigint AS count,
    coalesce(sum(n) FILTER (WHERE key = 'transferred'), 0)::bigint AS transferred
FROM tally_cells WHERE tally = 'matched' AND force_id = :force GROUP BY d1, d2 ORDER BY d1, d2
"""


async def done(connection: AsyncConnection, force: str | None) -> Counts:
    """People with a valid baseline and with a passed final, by force and in all."""
    return await keyed(connection, DONE.name, force, once=True)


async def matched(connection: AsyncConnection, force: str | None) -> tuple[list[Pairs], Row]:
    """The matched pairs by their scores; and how many are unmatched or count in two forces."""
    cells, beside = [], {"baseline_only": 0, "final_only": 0, "transferred": 0}
    for row in await rows(connection, _MATCHED, force=force or NATION):
        if row["final"] < 0:
            beside["baseline_only"] += row["count"]
        elif row["baseline"] < 0:
            beside["final_only"] += row["count"]
        else:
            cells.append(Pairs(float(row["baseline"]), float(row["final"]), row["count"]))
            beside["transferred"] += row["transferred"]
    return cells, beside


async def excluded(connection: AsyncConnection, force: str | None) -> Row:
    """Results that the matched pairs leave out, by the reason."""
    found = (await keyed(connection, EXCLUDED.name, force))[None]
    return dict.fromkeys(("absent", "void", "later_attempt"), 0) | found
