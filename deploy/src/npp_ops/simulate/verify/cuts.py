"""What was frozen and what is asked as at a moment, against the log up to the same moment."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Place
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.ledger import Ask
from npp_ops.simulate.ledger.shapes import Shape, cut
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.log.ledger import READERS, document, shape_of
from npp_ops.simulate.log.sight import sights
from npp_ops.simulate.log.standing import Moment, standing
from npp_ops.simulate.log.told import Log
from npp_ops.simulate.verify.comparison import Comparison

# Up to which offsets each was read is reporting's own to say: what had not arrived is not in it.
_CUTS: Final = """
SELECT c.cut_id, c.known_at, c.about, c.figures, c.ends,
    ARRAY(SELECT f.figure FROM cut_figures AS f WHERE f.cut_id = c.cut_id AND f.sight = 'exact')
        AS kept,
    array_agg(v.return_id) FILTER (WHERE v.cut_id IS NOT NULL) AS returns,
    array_agg(v.version) FILTER (WHERE v.cut_id IS NOT NULL) AS versions
FROM cuts AS c LEFT JOIN return_versions AS v USING (cut_id)
WHERE c.read_at IS NOT NULL GROUP BY c.cut_id ORDER BY c.asked_at
"""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A cut that was read. returns, as_at: where its figures are read.

    kept: the ends of its addresses for the nation, choices and all.
    """

    known_at: datetime
    about: date | None
    figures: tuple[str, ...]
    kept: tuple[str, ...]
    ends: dict[Place, int]
    returns: tuple[str, ...]
    as_at: str

    @property
    def moment(self) -> Moment:
        return Moment(self.known_at, self.about, self.ends)


async def frozen(url: str) -> list[Frozen]:
    """url: reporting's database."""
    database = Database(url, scope=EVERY_FORCE, size=1)
    try:
        return [_frozen(**row) for row in await database.fetch(_CUTS)]
    finally:
        await database.close()


def _frozen(
    *,
    cut_id: UUID,
    known_at: datetime,
    about: date | None,
    figures: list[str],
    kept: list[str],
    ends: str,
    returns: list[UUID] | None,
    versions: list[int] | None,
) -> Frozen:
    read = {(topic, n): end for topic, n, end in msgspec.json.decode(ends)}
    told = zip(returns or [], versions or [], strict=True)
    paths = tuple(f"/returns/{each}/versions/{n}" for each, n in told)
    return Frozen(known_at, about, tuple(figures), tuple(kept), read, paths, f"/as-at/{cut_id}")


async def compare(
    client: Client, actors: Actors, log: Log, each: Frozen, comparison: Comparison
) -> None:
    """Each version as each of its readers sees it, and what was asked as at a moment."""
    seen = sights(standing(log, each.moment))
    readers = [(path, reader, each.figures) for path in each.returns for reader in READERS]
    for path, reader, names in (*readers, (each.as_at, NATIONAL, each.kept)):
        token = (
            actors.national("national-admin")
            if reader == NATIONAL
            else actors.of_force("force-analyst", reader)
        )
        for name in names:
            figure, _, chosen = name.partition("?")
            found = await client.get("reporting", f"{path}/{figure}.json?{chosen}", token)
            ask = Ask(reader, figure, version=found["version"], **found.get("parameters", {}))
            shape, where = _frozen_shape(shape_of(ask)), f"{path} {ask.address}"
            comparison.take(cut(where, shape, document(seen, ask)), cut(where, shape, found))


def _frozen_shape(shape: Shape) -> Shape:
    # What a force is shown of the nation is live, and in no return.
    own = tuple(name for name in shape.top if not name.startswith("national."))
    return Shape(shape.by, shape.cells, own, shape.sums)
