"""Readers with a tool of their own: reporting with their database, and logins to it."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from npp_contracts.event import Event
from npp_ops.bi.access import Connection, Readers
from npp_ops.testing import PostgresForTests
from reporting.api.bi.filling import Filler, filling
from reporting.api.bi.views import View, views

from .given import Person, file_taken, people, session, still_waiting, workforce
from .world import World

PASSWORD = "secret"
_MAKE: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "numeric": Decimal,
}


class ReaderWorld(World):
    """reporting, and beside it the database of its readers."""

    def __init__(self, postgres: PostgresForTests) -> None:
        super().__init__(postgres.database("bi"))
        self.readers = Readers.beside(postgres.admin_url, self.url)
        self.filler: Filler

    @asynccontextmanager
    async def filled(self, *names: str) -> AsyncIterator["ReaderWorld"]:
        """With logins of these readers, and a filler that may begin; all is gone at the end."""
        await self.readers.prepare()
        try:
            await self.let(*names)
            async with filling(self.system) as self.filler:
                assert await self.filler.begin()
                yield self
        finally:
            await self.forget_readers()

    async def let(self, *names: str) -> None:
        async with self.readers.administered() as admin:
            for each in names:
                await self.readers.make(admin, each, PASSWORD)

    async def nothing_kept(self) -> None:
        async with self.readers.administered(inside=True) as admin:
            await admin.execute("TRUNCATE kept.documents")

    async def forget_readers(self) -> None:
        name = self.readers.database
        async with self.readers.administered() as admin:
            for each in await self.readers.there(admin):
                await self.readers.end(admin, each)
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            await admin.execute(f'DROP ROLE "{name}"')

    @asynccontextmanager
    async def login(self, reader: str) -> AsyncIterator[Connection]:
        connection = await asyncpg.connect(self.readers.url(reader, PASSWORD))
        try:
            yield connection
        finally:
            await connection.close()

    async def answered(self, view: View, **claims: Any) -> list[tuple[Any, ...]]:
        """What the API answers, in every way in which it can be asked, as rows of the view."""
        found: list[tuple[Any, ...]] = []
        for query in ways(view):
            answer = await self.get(f"/figures/{view.figure}.json?{query}", **claims)
            assert answer.status_code == 200, answer.text
            told = json.loads(answer.content, parse_float=Decimal)
            totals = told.get("totals", [])
            totals = totals if isinstance(totals, list) else [totals]
            grain = told.get("parameters", {}).get("period", "")
            rows = [(row, False) for row in told["rows"]] + [(row, True) for row in totals]
            for line, (row, total) in enumerate(rows, 1):
                about = {"line": line, "total": total, "grain": grain, "version": told["version"]}
                found.append(tuple(_value(each, row, about) for each in told_of(view)))
        return sorted(found, key=repr)

    async def shown(self, view: View, reader: str, scope: str) -> list[tuple[Any, ...]]:
        """What the view shows of this scope to this reader."""
        names = ", ".join(f'"{each.name}"' for each in told_of(view))
        sql = f'SELECT {names} FROM bi."{view.name}" WHERE scope = $1'
        async with self.login(reader) as connection:
            return sorted((tuple(row) for row in await connection.fetch(sql, scope)), key=repr)


def of_figures() -> list[View]:
    return [each for each in views() if each.figure is not None]


def ways(view: View) -> Sequence[str]:
    if view.figure == "module-completions":
        return [
            f"period={period}&by={by}"
            for period in ("day", "week", "month")
            for by in ("module", "force", "via")
        ]
    if view.figure == "funnel":
        return [f"per={per}" for per in ("force", "role", "cohort")]
    return [""]


def told_of(view: View) -> list[Any]:
    """The columns that an answer has too. How old freshness is passes with the clock."""
    return [each for each in view.columns if each.name not in ("scope", "as_of", "age_seconds")]


def _value(column: Any, row: dict[str, Any], about: dict[str, Any]) -> Any:
    if column.source is None or column.name == "total":
        return about[column.name]
    value = row.get(column.source)
    return value if value is None else _MAKE.get(column.kind, lambda each: each)(value)


def story() -> list[Event]:
    """Kent and Essex have something in every figure, and enough people for scores."""
    events: list[Event] = [workforce("kent", 50), workforce("kent", 60), workforce("essex", 77)]
    events += [
        file_taken("kent", refused=5, unmatched=4),
        file_taken("essex", refused=7),
        still_waiting("kent", 2),
    ]
    for n, person in enumerate((*people(12, "kent"), *people(11, "essex"))):
        held = session(_session(n), person.force_id)
        events += [
            held,
            *person.certified(),
            *person.attended(session_id=_session(n)),
            person.completed(f"only-in-{person.force_id}"),
            person.part_completed(),
            person.result("baseline", 40.0 + n),
            person.result("final", 51.5 + 2 * n),
        ]
    waits = Person("kent")
    return [*events, waits.registered(), waits.enrolled(), waits.opened()]


def _session(n: int) -> Any:
    return UUID(int=n + 1, version=4)
