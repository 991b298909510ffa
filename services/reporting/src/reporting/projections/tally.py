"""A tally: what somebody counts for, and the cells that sum it up over everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

By = Literal["learner_id", "portfolio_id", "session_id"]
NATION: Final = ""
"""The force of cells that only who sees every force may read: the nation, each person once."""

STANDING: Final = ("tally_cells",)
"""The tables that figures are read from."""
_CELL: Final = "force_id::text, key::text, item::text, d1::bigint, d2::bigint, n::bigint"
_KEYS: Final = ("tally", "force_id", "key", "item", "d1", "d2")
_ALIKE: Final = " AND ".join(f"c.{name} = s.{name}" for name in _KEYS)


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells `(tally, force_id, key, item, d1, d2)` with a count `n` each.

    by: whose facts they are. of: the consumer groups whose read models say so. sql: the facts of
    those for whom `{some}` holds, with the columns id, force_id, key, item, d1, d2, n. spread:
    where one fact counts in several cells, a query of tally, force_id, key, item, d1, d2, n from
    `unnest(cells) AS c`; spreads: the names that it gives to their tallies.
    """

    name: str
    by: By
    of: Sequence[str]
    sql: str
    spread: str = ""
    spreads: Sequence[str] = ()

    @property
    def names(self) -> Sequence[str]:
        """What its cells are called."""
        return self.spreads or (self.name,)

    @property
    def again(self) -> str:
        """Count those whose ids are $1 anew; gives the forces whose cells are others now."""
        return self._count(f"{self.by} = ANY ($1::uuid[])", "AND id = ANY ($1::uuid[])")

    @property
    def whole(self) -> str:
        """Count everybody anew."""
        return self._count("true", "")

    @property
    def alone(self) -> str:
        """Put the cells of everybody into an empty table, and keep nobody's facts."""
        return f"""
        INSERT INTO tally_cells ({", ".join(_KEYS)}, n)
        SELECT {", ".join(_KEYS)}, sum(n) FROM ({self._facts("true")}) AS f
        CROSS JOIN LATERAL ({self._spread}) AS s GROUP BY {", ".join(_KEYS)}
        """  # noqa: S608  our own words, here and below

    @property
    def _spread(self) -> str:
        own = f"SELECT '{self.name}' AS tally, c.* FROM unnest(cells) AS c"  # noqa: S608
        return self.spread or own

    def _facts(self, some: str) -> str:
        return f"""
        SELECT id, array_agg(ROW({_CELL})::tally_cell ORDER BY {_CELL}) AS cells
        FROM ({self.sql.format(some=some)}) AS counted GROUP BY id
        """  # noqa: S608

    def _count(self, some: str, same: str) -> str:
        keys = ", ".join(_KEYS)
        return f"""
        WITH before AS (
            SELECT id, cells FROM tally_facts WHERE tally = '{self.name}' {same}
        ), changed AS (
            SELECT id, f.cells AS now, b.cells AS was
            FROM ({self._facts(some)}) AS f FULL JOIN before AS b USING (id)
            WHERE f.cells IS DISTINCT FROM b.cells
        ), gone AS (
            DELETE FROM tally_facts AS t USING changed
            WHERE t.tally = '{self.name}' AND t.id = changed.id AND now IS NULL
        ), kept AS (
            INSERT INTO tally_facts (tally, id, cells)
            SELECT '{self.name}', id, now FROM changed WHERE now IS NOT NULL
            ON CONFLICT (tally, id) DO UPDATE SET cells = excluded.cells
        ), moved AS (
            SELECT {keys}, sum(n) AS n FROM (
                SELECT {keys}, n FROM (SELECT now AS cells FROM changed) AS f
                CROSS JOIN LATERAL ({self._spread}) AS s
                UNION ALL SELECT {keys}, -n FROM (SELECT was AS cells FROM changed) AS f
                CROSS JOIN LATERAL ({self._spread}) AS s
            ) AS each GROUP BY {keys} HAVING sum(n) <> 0
        ), sums AS (
            SELECT s.*, (s.n + coalesce(c.n, 0))::bigint AS whole
            FROM moved AS s LEFT JOIN tally_cells AS c ON {_ALIKE}
        ), empty AS (
            DELETE FROM tally_cells AS c USING sums AS s WHERE {_ALIKE} AND s.whole = 0
        ), counted AS (
            INSERT INTO tally_cells AS c ({keys}, n)
            SELECT {keys}, whole FROM sums WHERE whole <> 0
            ON CONFLICT ({keys}) DO UPDATE SET n = excluded.n
        )
        SELECT DISTINCT force_id FROM sums
        """  # noqa: S608


def seen(force: str | None) -> str:
    """The cells of one force, or of all of them."""
    return f"force_id <> '{NATION}'" if force is None else "force_id = :force"


def median(of: str) -> str:
    """The middle value of a group's rows: of each, `upto` and `whole`."""
    low, high = (f"min({of}) FILTER (WHERE 2 * upto >= whole + {more})" for more in (0, 1))
    return f"(({low} + {high}) / 2.0)::float8"
