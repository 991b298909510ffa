"""What every read model must be: plain SQL over E alone, in a database of its own."""

# Written from what the read models are for, not from how the projections keep them: each looks
# at the whole history at once, in version order, and knows no batches.

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from .counted import miscounted
from .invariants import Rows
from .ledger import Fact

_TABLE: Final = """
DROP TABLE IF EXISTS e;
CREATE TABLE e (service text, id uuid, topic text, key text, type text, sequence bigint,
                force_id text, at timestamptz, p jsonb);
"""
_INDEX: Final = "CREATE INDEX ON e (type); ANALYZE e"
_LEARNER: Final = "type ~ '^npp.enrolment.learner-(registered|updated|transferred).v1$'"
_ROLE: Final = "type ~ '^npp.enrolment.learner-(registered|updated).v1$'"
_TRAINING: Final = "type ~ '^npp.enrolment.enrolment-(deferred|resumed|withdrawn).v1$'"


def _last(value: str, where: str = "true") -> str:
    return f"(array_agg({value} ORDER BY sequence DESC) FILTER (WHERE {where}))[1]"


_STATE: Final = """CASE
    WHEN type = 'npp.portfolio.portfolio-opened.v1' THEN 'draft'
    WHEN type = 'npp.portfolio.portfolio-quality-assured.v1' THEN 'quality_assured'
    ELSE replace(replace(type, 'npp.portfolio.portfolio-', ''), '.v1', '') END"""
_MOVES: Final = """type LIKE 'npp.portfolio.portfolio-%'
    AND (type <> 'npp.portfolio.portfolio-quality-assured.v1' OR p ->> 'outcome' = 'upheld')"""
_REVISION: Final = "coalesce((p ->> 'revision')::int, 0)"

# By read model of reporting: its columns, and the rows that they must have.
VIEWS: Final[Mapping[str, tuple[str, str]]] = {
    "learners_view": (
        "learner_id, force_id, worker_type, rank, neighbourhood, sequence",
        f"""SELECT key::uuid, {_last("force_id")}, {_last("p ->> 'worker_type'", _ROLE)},
                   {_last("p ->> 'rank'", _ROLE)},
                   {_last("(p ->> 'neighbourhood')::boolean", _ROLE)}, max(sequence)
            FROM e WHERE {_LEARNER} GROUP BY key""",
    ),
    "enrolments_view": (
        """enrolment_id, learner_id, programme_id, programme_version, training, sequence,
           completed_on""",
        f"""SELECT key::uuid, min(p ->> 'learner_id')::uuid,
                   min(p ->> 'programme_id'), min((p ->> 'programme_version')::int),
                   CASE {_last("split_part(type, '.', 3)", _TRAINING)}
                       WHEN 'enrolment-deferred' THEN 'deferred'
                       WHEN 'enrolment-withdrawn' THEN 'withdrawn' ELSE 'active' END,
                   coalesce(max(sequence) FILTER (WHERE {_TRAINING}), 0),
                   {
            _last("(p ->> 'completed_on')::date", "type = 'npp.enrolment.programme-completed.v1'")
        }
            FROM e WHERE topic = 'npp.enrolment.enrolments' GROUP BY key""",
    ),
    "parts_view": (
        "enrolment_id, part, learner_id, completed_on",
        f"""SELECT key::uuid, p ->> 'part', min(p ->> 'learner_id')::uuid,
                   {
            _last("(p ->> 'completed_on')::date", "type = 'npp.enrolment.part-completed.v1'")
        }
            FROM e WHERE type IN ('npp.enrolment.learner-enrolled.v1',
                                  'npp.enrolment.part-completed.v1')
            GROUP BY key, p ->> 'part'""",
    ),
    "workforces_view": (
        "force_id, sequence, as_of, headcount, source, reported_at",
        """SELECT key, sequence, (p ->> 'as_of')::date, (p ->> 'headcount')::int, p ->> 'source',
                  at FROM e WHERE type = 'npp.enrolment.workforce-reported.v1'""",
    ),
    "files_view": (
        "force_id, sequence, kind, taken_at, accepted, refused, unmatched",
        """SELECT key, sequence, p ->> 'kind', at, (p ->> 'accepted')::int, (p ->> 'refused')::int,
                  (p ->> 'unmatched')::int FROM e WHERE type = 'npp.enrolment.file-taken.v1'""",
    ),
    "waiting_view": (
        "force_id, waiting, sequence",
        f"""SELECT key, {_last("(p ->> 'waiting')::int")}, max(sequence)
            FROM e WHERE type = 'npp.enrolment.statements-waiting.v1' GROUP BY key""",
    ),
    "headline_staff_view": (
        "learner_id, neighbourhood, sequence",
        f"""SELECT key::uuid, {_last("(p ->> 'neighbourhood')::boolean")}, max(sequence)
            FROM e WHERE {_ROLE} GROUP BY key""",
    ),
    "headline_signatures_view": (
        "portfolio_id, learner_id, force_id, part, signed_at",
        """SELECT DISTINCT ON (key) key::uuid, (p ->> 'learner_id')::uuid, force_id, p ->> 'part',
                  (p ->> 'signed_at')::timestamptz
           FROM e WHERE type = 'npp.portfolio.portfolio-signed.v1' ORDER BY key, sequence""",
    ),
    "module_completions_view": (
        "force_id, completed_on, module, via, completions",
        """SELECT force_id, (p ->> 'completed_on')::date, p ->> 'module', p ->> 'via', count(*)
           FROM e WHERE type = 'npp.enrolment.module-completed.v1' GROUP BY 1, 2, 3, 4""",
    ),
    "module_months_view": (
        "force_id, month, module, via, completions",
        """SELECT force_id, date_trunc('month', (p ->> 'completed_on')::date)::date, p ->> 'module',
                  p ->> 'via', count(*)
           FROM e WHERE type = 'npp.enrolment.module-completed.v1' GROUP BY 1, 2, 3, 4""",
    ),
    "portfolios_view": (
        """portfolio_id, learner_id, force_id, enrolment_id, part, state, revision, opened_at,
           signed_at, sequence""",
        f"""SELECT key::uuid, min(p ->> 'learner_id')::uuid, {_last("force_id")},
                   min(p ->> 'enrolment_id')::uuid, min(p ->> 'part'),
                   {_last(_STATE)}, {_last(_REVISION)}, min(at),
                   {_last("(p ->> 'signed_at')::timestamptz", "p ? 'signed_at'")}, max(sequence)
            FROM e WHERE {_MOVES} GROUP BY key""",
    ),
    # Nobody in the arena says anything of these.
    "results_view": (
        "attempt_id",
        "SELECT key::uuid FROM e WHERE topic = 'npp.assessment.attempts'",
    ),
    "sessions_view": ("session_id", "SELECT key::uuid FROM e WHERE topic = 'npp.events.sessions'"),
    "places_view": ("place_id", "SELECT key::uuid FROM e WHERE topic = 'npp.events.places'"),
}
# What reporting says it has applied: a counter by group and topic.
APPLIED: Final = """
SELECT consumer_group, topic, sum(events)::bigint FROM freshness_view GROUP BY 1, 2
"""
_APPLIED: Final = """
SELECT g.name, e.topic, count(*) FROM e
JOIN unnest($1::text[], $2::text[]) AS g (name, type) USING (type) GROUP BY 1, 2
"""
# The flow of portfolio: one opening for each part of an enrolment that needs one.
_DUE: Final = """
SELECT DISTINCT 'portfolio', e.key, e.p ->> 'part' FROM e
JOIN (SELECT p ->> 'programme_id' AS programme, p ->> 'programme_version' AS version,
             part ->> 'code' AS part
      FROM e, jsonb_array_elements(p -> 'parts') AS part
      WHERE type = 'npp.enrolment.programme-published.v1' AND (part ->> 'needs_portfolio')::boolean
     ) AS needing ON needing.programme = e.p ->> 'programme_id'
                 AND needing.version = e.p ->> 'programme_version'
                 AND needing.part = e.p ->> 'part'
WHERE e.type = 'npp.enrolment.learner-enrolled.v1'
"""
_OPENED: Final = """
SELECT 'portfolio', p ->> 'enrolment_id', p ->> 'part'
FROM e WHERE type = 'npp.portfolio.portfolio-opened.v1'
"""
# Aggregates: each is at the version of its last event, and there is evidence for each that was
# recorded. By what it is: whose database, the rows there, and those that E asks for.
_VERSIONS: Final = "SELECT key, max(sequence) FROM e WHERE topic = 'npp.{}' GROUP BY 1"
STATE: Final[Mapping[str, tuple[str, str, str]]] = {
    "learners": (
        "enrolment",
        "SELECT learner_id::text, version FROM learners",
        _VERSIONS.format("enrolment.learners"),
    ),
    "enrolments": (
        "enrolment",
        "SELECT enrolment_id::text, version FROM enrolments",
        _VERSIONS.format("enrolment.enrolments"),
    ),
    "workforces": (
        "enrolment",
        "SELECT force_id, version FROM workforces WHERE version > 0",
        _VERSIONS.format("enrolment.workforces"),
    ),
    "intakes": (
        "enrolment",
        "SELECT force_id, version FROM intakes WHERE version > 0",
        _VERSIONS.format("enrolment.intakes"),
    ),
    "portfolios": (
        "portfolio",
        "SELECT portfolio_id::text, version FROM portfolios",
        _VERSIONS.format("portfolio.portfolios"),
    ),
    "evidence": (
        "portfolio",
        "SELECT evidence_id::text FROM evidence",
        "SELECT p ->> 'evidence_id' FROM e WHERE type = 'npp.portfolio.evidence-recorded.v1'",
    ),
}


class Fold:
    """E in a scratch database, and questions to it. types: by group of reporting."""

    def __init__(self, url: str, types: Mapping[str, Sequence[str]]) -> None:
        self._url = url
        self._types = types

    async def fill(self, facts: Sequence[Fact]) -> None:
        """Forget what was there and take this E."""
        rows = [
            (f.service, f.id, f.topic, f.key, f.type, f.sequence, f.force_id, f.time, f.payload)
            for f in facts
        ]
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(_TABLE)
            await connection.copy_records_to_table("e", records=rows)
            await connection.execute(_INDEX)
        finally:
            await connection.close()

    async def ask(self, sql: str, *given: Any) -> Rows:
        """The rows of a query over `e`, each with how often it comes."""
        async with _asking(self._url) as rows:
            return await rows(sql, *given)

    async def expected(self) -> dict[str, Rows]:
        """By read model, what it must hold."""
        named = [(group, kind) for group, kinds in self._types.items() for kind in kinds]
        groups, kinds = [group for group, _ in named], [kind for _, kind in named]
        async with _asking(self._url) as rows:
            due = {name: await rows(sql) for name, (_, sql) in VIEWS.items()}
            due["freshness_view"] = await rows(_APPLIED, groups, kinds)
            due["portfolios opened"] = await rows(_DUE)
            due["cells of the figures"] = Counter()
            due |= {f"state of {name}": await rows(sql) for name, (_, _, sql) in STATE.items()}
        return due

    async def found(self, url: Callable[[str], str]) -> dict[str, Rows]:
        """By read model, what reporting holds; what portfolio has opened; the aggregates.

        Of its figures' cells those that are not what counting everybody comes to.

        url: of a service's database.
        """
        async with _asking(url("reporting")) as rows:
            there = {
                name: await rows(f"SELECT {columns} FROM {name}")
                for name, (columns, _) in VIEWS.items()
            }
            there["freshness_view"] = await rows(APPLIED)
        there["cells of the figures"] = await miscounted(url("reporting"))
        there["portfolios opened"] = await self.ask(_OPENED)
        for name, (service, sql, _) in STATE.items():
            async with _asking(url(service)) as rows:
                there[f"state of {name}"] = await rows(sql)
        return there


@asynccontextmanager
async def _asking(url: str) -> AsyncIterator[Callable[..., Awaitable[Rows]]]:
    # To connect takes longer than most of the questions.
    connection = await asyncpg.connect(url)

    async def rows(sql: str, *given: Any) -> Rows:
        return Counter(tuple(row) for row in await connection.fetch(sql, *given))

    try:
        yield rows
    finally:
        await connection.close()
