"""What figures are as of: versions that rise with each change of what a force, or all, see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.domain.forces import NATIONAL
from reporting.projections.freshness import Applied
from reporting.projections.rows import rows
from reporting.tallies.every import TALLIES

_APPLIED = """
SELECT consumer_group AS "group", topic, last_event_at, applied_at, lag_seconds, events,
    batches AS version
FROM tallied_view ORDER BY 1, 2
"""
_NATION = """
SELECT source, '*' AS force_id, sum(version)::bigint AS version, max(changed_at) AS changed_at
FROM tally_versions GROUP BY source
"""
_OWN = "SELECT source, force_id, version, changed_at FROM tally_versions"
_EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class AsOf:
    """applied: by group and topic what has been counted. versions: by source and force."""

    applied: list[Applied]
    versions: dict[tuple[str, str], tuple[int, datetime]]

    def version(self, sources: Iterable[str], force: str | None) -> list[tuple[str, str, int]]:
        """What a force sees, or the nation, rests on: equal while nothing of it has changed."""
        return [(*key, self.versions[key][0]) for key in self._keys(sources, force)]

    def changed_at(self, sources: Iterable[str], force: str | None) -> datetime | None:
        """When anything of that changed last."""
        return max((self.versions[key][1] for key in self._keys(sources, force)), default=None)

    def _keys(self, sources: Iterable[str], force: str | None) -> list[tuple[str, str]]:
        forces = (_EVERYBODY,) if force is None else (force, NATIONAL)
        return sorted({(s, f) for s in sources for f in forces}.intersection(self.versions))


def sources_of(groups: frozenset[str]) -> frozenset[str]:
    """Whose versions a figure rests on that rests on these groups."""
    return groups | {each.name for each in TALLIES if groups.intersection(each.of)}


async def as_of(connection: AsyncConnection, *forces: str | None) -> AsOf:
    """For these forces, None being the nation; cheap enough to be asked before every answer."""
    applied = [Applied(**row) for row in await rows(connection, _APPLIED)]
    found = await rows(connection, _NATION) if None in forces else []
    if own := [each for each in forces if each is not None]:
        found += await rows(connection, f"{_OWN} WHERE force_id = ANY (:own)", own=[*own, NATIONAL])
    versions = {
        (row["source"], row["force_id"]): (row["version"], row["changed_at"]) for row in found
    }
    return AsOf(applied, versions)
