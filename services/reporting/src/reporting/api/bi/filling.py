"""Keeps what the views show: each figure of each reader's sight, as the API would answer it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, get_args

import msgspec
import structlog

from chassis.clock import now
from chassis.database import Database, Driver, is_passing
from reporting.api.answers import Answers, figure, key_of, totals_of
from reporting.api.bi.facts import FACTS
from reporting.api.bi.views import OF_FIGURES, comment, script, views
from reporting.api.figures.freshness import minute
from reporting.api.figures.reader import Choices, Document
from reporting.api.sight import Sight
from reporting.domain.forces import NATIONAL, forces
from reporting.projections.completions import By, Period
from reporting.projections.rows import rows
from reporting.projections.way import Per
from reporting.tallies.versions import AsOf
from reporting.telemetry import BI_ROUND_SECONDS

log = structlog.get_logger(__name__)

LOCK: Final = 0x6E7062
"""An advisory lock of our own database, where no reader can have it, "npb": who has it fills."""
REFRESH_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 5.0
# Readers of figures come first: at most a tenth of the time is spent on this.
_REST: Final = 9.0
_IS_THERE: Final = "SELECT true FROM pg_database WHERE datname = current_database() || '_bi'"
_TAKE: Final = "SELECT pg_try_advisory_lock($1)"
_MADE: Final = """
SELECT obj_description(to_regnamespace('bi'), 'pg_namespace') AS said,
    session_user AS owner, current_database() AS readers
"""
_LOGINS: Final = """
SELECT substr(rolname, length(current_database()) + 5) AS scope FROM pg_roles
WHERE starts_with(rolname, current_database() || '_bi.') AND rolcanlogin
"""
_FORGET: Final = "DELETE FROM kept.documents WHERE scope <> ALL ($1::text[])"
_KEPT: Final = "SELECT figure, grain, counted_by, etag FROM kept.documents WHERE scope = $1"
_KEEP: Final = """
INSERT INTO kept.documents
    (scope, figure, grain, counted_by, etag, version, as_of, about, rows, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10)
ON CONFLICT (scope, figure, grain, counted_by) DO UPDATE
SET etag = excluded.etag, version = excluded.version, as_of = excluded.as_of,
    about = excluded.about, rows = excluded.rows, made_at = excluded.made_at
"""
_ABOUT: Final = (
    *("title", "definition", "freshness"),
    *("n", "numerator", "denominator", "percent"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    figure: str
    choices: Choices
    grain: str = ""
    counted_by: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.figure, self.grain, self.counted_by


async def fill_bi(database: Database, _brokers: str = "") -> None:
    """Fill until cancelled, from a database that shows every force; nothing where nobody reads.

    Raises when one of its sessions fails it, and may then be called again.
    """
    if await database.fetch(_IS_THERE):
        async with filling(database) as filler:
            if await filler.begin():
                while True:
                    await filler.look()
                    await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def filling(database: Database) -> AsyncIterator["Filler"]:
    """Who fills the readers' database of the server on which this one is."""
    url = database.engine.url.set(database=f"{database.engine.url.database}_bi")
    readers = Database(url.render_as_string(hide_password=False), size=1)
    try:
        async with database.outside() as held, readers.outside() as connection:
            yield Filler(database, held, connection)
    finally:
        await readers.close()


@dataclass
class Filler:
    """A session at the readers' database, and one at our own: its lock says that we alone fill."""

    database: Database
    _held: Driver
    _connection: Driver
    _scopes: Sequence[str] = ()
    _due_at: float = 0.0

    async def begin(self) -> bool:
        """Take the lock, and make the views where they are not those of this release."""
        if not await self._held.fetchval(_TAKE, LOCK):
            return False
        (made,) = await self._connection.fetch(_MADE)
        sql = script(made["owner"], made["readers"])
        if made["said"] != comment(sql):
            async with self._connection.transaction():
                await self._connection.execute(sql)
        return True

    async def look(self) -> None:
        """Bring everything up to date when it is time to, or when there is somebody new."""
        loop = asyncio.get_running_loop()
        scopes = await self._wanted_scopes()
        if loop.time() < self._due_at and set(scopes) <= set(self._scopes):
            return
        began = loop.time()
        await self.refresh(scopes)
        took = loop.time() - began
        BI_ROUND_SECONDS.set(took)
        self._due_at = loop.time() + max(REFRESH_SECONDS, _REST * took)

    async def refresh(self, scopes: Sequence[str] | None = None) -> int:
        """Bring what has changed up to date; how many documents that were."""
        self._scopes = await self._wanted_scopes() if scopes is None else scopes
        await self._connection.execute(_FORGET, self._scopes)
        current = await Answers(self.database).version(None, *forces())
        return sum([await self._scope(each, current) for each in self._scopes])

    async def _wanted_scopes(self) -> list[str]:
        found = {row["scope"] for row in await self._held.fetch(_LOGINS)}
        known = {NATIONAL, *forces()}
        return sorted(known if NATIONAL in found else found & known)

    async def _scope(self, scope: str, current: AsOf) -> int:
        sight = Sight(None if scope == NATIONAL else scope, exact=True)
        there = {tuple(row)[:3]: row["etag"] for row in await self._connection.fetch(_KEPT, scope)}
        changed = 0
        for each in _wanted(sight):
            tag = _tag(each, sight, current)
            if there.get(each.key) == tag:
                continue
            try:
                document = await self._made(each, sight, current)
            except Exception as error:
                if is_passing(error):
                    raise
                # One that can't be made holds up no other; it stays as it was, which `as_of` says.
                log.exception("bi-not-made", scope=scope, figure=each.figure)
                continue
            await self._keep(scope, each, tag, document)
            changed += 1
        return changed

    async def _made(self, wanted: _Wanted, sight: Sight, current: AsOf) -> Document:
        if wanted.figure not in FACTS:
            return await figure(self.database, wanted.figure, sight, wanted.choices, current)
        fact = FACTS[wanted.figure]
        async with self.database.connection(sight.scope, read_only=True) as connection:
            found = await rows(connection, fact.sql, force=sight.force)
        applied = [each.applied_at for each in current.applied if each.group == fact.of.group]
        return {"version": None, "as_of": max(map(minute, applied), default=None), "rows": found}

    async def _keep(self, scope: str, wanted: _Wanted, tag: str, document: Document) -> None:
        shown = [each | {"total": False} for each in document["rows"]]
        shown += [each | {"total": True} for each in totals_of(document)]
        about = {name: document.get(name) for name in _ABOUT}
        await self._connection.execute(
            _KEEP,
            scope,
            *wanted.key,
            tag,
            document["version"],
            document["as_of"],
            msgspec.json.encode(about).decode(),
            msgspec.json.encode(shown).decode(),
            now(),
        )


def _wanted(sight: Sight) -> Iterator[_Wanted]:
    """Every figure in every way in which it is counted. The nation has each force's counters."""
    for key in dict.fromkeys(each.key for each in views() if each.key != OF_FIGURES):
        if key in FACTS:
            if sight.force is not None:
                yield _Wanted(key, Choices())
        elif key == "module-completions":
            for grain in get_args(Period):
                for by in get_args(By):
                    yield _Wanted(key, Choices(period=grain, by=by), grain, by)
        elif key == "funnel":
            for per in get_args(Per):
                yield _Wanted(key, Choices(per=per), counted_by=per)
        else:
            yield _Wanted(key, Choices())


def _tag(wanted: _Wanted, sight: Sight, current: AsOf) -> str:
    """Another one as soon as it would be another document."""
    if wanted.figure not in FACTS:
        return key_of(wanted.figure, sight, wanted.choices, current)
    group = FACTS[wanted.figure].of.group
    applied = [(each.topic, each.version) for each in current.applied if each.group == group]
    return repr((applied, current.version({group}, sight.force)))
