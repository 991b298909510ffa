"""All figures of a cut, for every sight that there is, from the read models as of the cut."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import FORCE_SETTING
from reporting.api.answers import heading
from reporting.api.figures import FIGURES
from reporting.api.figures.guard import Guard
from reporting.api.figures.reader import Choices, Document, Reader
from reporting.api.returns.choosing import kept_as, other_choices
from reporting.api.sight import Sight
from reporting.domain.cuts import Cut
from reporting.domain.definitions import Definition, definition
from reporting.domain.forces import forces
from reporting.domain.returns import Part
from reporting.projections.freshness import Applied
from reporting.store.cuts import Figures

EXACT: Final = "exact"
SHOWN: Final = "shown"
# When it was read is no part of what a force puts its name to.
_MOMENTS: Final = ("as_of", "freshness")
_SEE: Final = text(f"SELECT set_config('{FORCE_SETTING}', :scope, true)")
_OWN: Final = Guard(exact=True)


@dataclass(frozen=True, slots=True)
class Table:
    """A connection on which the read models are as of the cut.

    versions: of definitions, by figure; what is not named has the version of the cut's day.
    every_choice: whether the nation's figures are kept in all that they can be asked for.
    """

    connection: AsyncConnection
    cut: Cut
    figures: tuple[str, ...]
    applied: list[Applied]
    versions: Mapping[str, int] = field(default_factory=dict)
    every_choice: bool = False

    async def exact(self) -> Figures:
        """Nothing withheld: for each force its own, and for who reconciles the nation."""
        found = Figures()
        for sight in (*(Sight(each, exact=True) for each in forces()), Sight(None, exact=True)):
            # The same policies as on the live tables: a force's figures are what it sees.
            await self.connection.execute(_SEE, {"scope": sight.scope})
            for name, chosen in self._kept(sight):
                document = await self._document(name, chosen, sight, _OWN)
                found[sight.force or EXACT, kept_as(name, chosen)] = document
        return found

    async def shown(self, guard: Guard) -> Figures:
        """What all others read of the nation, protected together with all that was ever shown."""
        sight = Sight(None, exact=False)
        return {
            (SHOWN, kept_as(name, chosen)): await self._document(name, chosen, sight, guard)
            for name, chosen in self._kept(sight)
        }

    def _kept(self, sight: Sight) -> Iterator[tuple[str, Choices]]:
        """Each figure as it is unless something is chosen; after all of them what else can be."""
        for name in self.figures:
            yield name, Choices()
        # Forces read returns, which are kept in one way.
        if self.every_choice and sight.force is None:
            for name in self.figures:
                for chosen in other_choices(name, sight, self._meaning(name).version):
                    yield name, chosen

    def _meaning(self, name: str, version: int | None = None) -> Definition:
        return definition(name, version or self.versions.get(name), self.cut.at.date())

    async def _document(self, name: str, chosen: Choices, sight: Sight, guard: Guard) -> str:
        meaning = self._meaning(name, chosen.version)
        reader = Reader(
            self.connection,
            sight,
            replace(chosen, version=meaning.version),
            self.applied,
            self._nation,
            guard,
            meaning,
            self.cut.at,
        )
        content = await FIGURES[name].build[meaning.version](reader)
        if sight.force is not None:
            # What is shown to forces of the nation is compared with what is live, not over years.
            content.pop("national", None)
        when = {"as_of": self.cut.known_at, "about": self.cut.about}
        told = heading(meaning, sight, self.applied) | when | content
        return msgspec.json.encode(told).decode()

    @asynccontextmanager
    async def _nation(self) -> AsyncIterator[AsyncConnection]:
        yield self.connection  # what a force is told by it is left out


def parts(figures: Figures) -> Iterable[Part]:
    """What each force is asked to confirm."""
    for force_id in forces():
        own = {name: read(each) for (sight, name), each in figures.items() if sight == force_id}
        yield Part(force_id, _hash(own), _denominator(own))


def read(document: str) -> Document:
    found: Document = msgspec.json.decode(document)
    return found


def _hash(own: Mapping[str, Document]) -> str:
    said = {
        name: {key: value for key, value in each.items() if key not in _MOMENTS}
        for name, each in sorted(own.items())
    }
    return sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def _denominator(own: Mapping[str, Document]) -> Any:
    rows = own.get("headline", {}).get("rows", [])
    return rows[0]["denominator"] if rows else None
