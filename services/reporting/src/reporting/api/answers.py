"""Figures as they are answered: built once per change of what they rest on, then kept."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final

import msgspec
from fastapi import FastAPI

from chassis.clock import now
from chassis.csvio import write_csv
from chassis.database import EVERY_FORCE, Database
from chassis.errors import Forbidden, NotFound
from chassis.http.runtime import Runtime
from reporting.api.figures import FIGURES
from reporting.api.figures.guard import Guard
from reporting.api.figures.reader import Choices, Document, Reader
from reporting.api.sight import Sight
from reporting.domain.definitions import Definition, definition
from reporting.domain.disclosed import Known
from reporting.projections.freshness import Applied
from reporting.store.disclosures import keep_known, take_known
from reporting.tallies.versions import AsOf, as_of, sources_of

MAX_KEPT: Final = 512
WITHHELD: Final = "[c]"
"""What a CSV has in place of a number that is too small to be shown."""


_ABOUT: Final = ("figure", "version", "as_of_time")


class FigureUnknown(NotFound):
    title = "There is no figure of that name"


class FilterWouldUnmask(Forbidden):
    title = "Too few people would be left in what you ask for"


@dataclass(frozen=True)
class Answer:
    """A figure in one sight, made of one version of the data.

    key: what it was made of. shown: what has been made of it for readers who look at it alike.
    """

    key: str
    document: Document
    shown: dict[Hashable, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def etag(self) -> str:
        """Of what it says: a change that is not shown is not told, either."""
        return f'"{_digest(msgspec.json.encode(self.document))}"'

    def csv(self) -> bytes:
        """The rows, each followed by what they are rows of."""
        document = self.document
        about = (document["id"], document["version"], document["as_of"])
        rows = [{"suppressed": []} | each for each in (*document["rows"], *totals_of(document))]
        table = [
            [WITHHELD if name in row["suppressed"] else row.get(name) for name in self._columns]
            for row in rows
        ]
        return write_csv([*self._columns, *_ABOUT], ([*row, *about] for row in table))

    def csv_metadata(self) -> Document:
        """The sidecar of the CSV, in the vocabulary of CSV on the Web."""
        document = self.document
        return {
            "@context": "http://www.w3.org/ns/csvw",
            "url": f"/figures/{document['id']}.csv?version={document['version']}",
            "dc:title": document["title"],
            "dc:modified": document["as_of"],
            "dialect": {"delimiter": ",", "header": True, "encoding": "utf-8"},
            "null": ["", WITHHELD],
            "tableSchema": {"columns": [{"name": each} for each in (*self._columns, *_ABOUT)]},
            "notes": [document["definition"]],
        }

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(self.document["columns"])


@dataclass(slots=True)
class Answers:
    """One process's answers. Never stale: the version of the data is asked for every time."""

    database: Database
    _kept: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    _making: dict[str, "asyncio.Task[Answer]"] = field(default_factory=dict)

    async def version(self, *forces: str | None) -> AsOf:
        """As of what these forces' figures are now, and the nation's for None."""
        async with self.database.connection(EVERY_FORCE, read_only=True) as connection:
            return await as_of(connection, *forces)

    async def find(
        self, name: str, sight: Sight, choices: Choices, current: AsOf | None = None
    ) -> Answer:
        """The figure as of now, or the version given; raises FigureUnknown, FilterWouldUnmask."""
        check(name, sight, choices)
        current = await self.version(*rests_on(name, sight)) if current is None else current
        key = key_of(name, sight, choices, current)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, name, sight, choices, current))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)  # who stops waiting must not take it from the others

    async def _make(
        self, key: str, name: str, sight: Sight, choices: Choices, current: AsOf
    ) -> Answer:
        answer = Answer(key, await figure(self.database, name, sight, choices, current))
        self._kept[key] = answer
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return answer


async def figure(
    database: Database, name: str, sight: Sight, choices: Choices, current: AsOf
) -> Document:
    """The figure as it is now, made anew; `current` is what it is said to rest on."""
    meaning = meaning_of(name, choices)
    async with database.connection(sight.scope, read_only=sight.exact) as connection:
        known = Known() if sight.exact else await take_known(connection)
        guard = Guard(sight.exact, known)
        nation = partial(database.connection, EVERY_FORCE, read_only=True)
        reader = Reader(connection, sight, choices, current.applied, nation, guard, meaning, now())
        content = await FIGURES[name].build[meaning.version](reader)
        if not sight.exact:
            await keep_known(connection, known, guard.known)
    changed_at = current.changed_at(sources_of(FIGURES[name].groups), sight.force)
    return heading(meaning, sight, current.applied, changed_at) | content


def check(name: str, sight: Sight, choices: Choices) -> None:
    """Raises FigureUnknown, DefinitionUnknown, FilterWouldUnmask."""
    if name not in FIGURES:
        raise FigureUnknown(name[:80], known=sorted(FIGURES))
    if name == "module-completions" and choices.period not in sight.periods:
        raise FilterWouldUnmask("months are shown", period=choices.period)
    meaning_of(name, choices)


def totals_of(document: Document) -> list[Document]:
    """The rows that count all others; none where the figure has none."""
    totals = document.get("totals", [])
    return totals if isinstance(totals, list) else [totals]


def rests_on(name: str, sight: Sight) -> tuple[str | None, ...]:
    """Whose cells a figure is read from: one's own, and the nation's where it is told of them."""
    return (sight.force, None) if FIGURES[name].national else (sight.force,)


def key_of(name: str, sight: Sight, choices: Choices, current: AsOf) -> str:
    """What an answer is made of: figure, definition, sight, choices and what it rests on."""
    sources = sources_of(FIGURES[name].groups)
    versions = [current.version(sources, force) for force in rests_on(name, sight)]
    # Ages pass even when nothing happens.
    passing = FIGURES[name].passes
    age = int(now().timestamp()) // passing if passing else 0
    identity = (name, meaning_of(name, choices).version, sight, choices, versions, age)
    return _digest(repr(identity).encode())


def _digest(content: bytes) -> str:
    return hashlib.blake2s(content, digest_size=12).hexdigest()


def meaning_of(name: str, choices: Choices) -> Definition:
    """The definition that is asked for; raises DefinitionUnknown."""
    return definition(name, choices.version, now().date())


def heading(
    meaning: Definition, sight: Sight, applied: list[Applied], changed_at: datetime | None = None
) -> Document:
    """What every figure says before its own content.

    A force is told when its own figure changed last; what comes when from others is theirs.
    """
    of = [each for each in applied if each.group in FIGURES[meaning.id].groups]
    if sight.force is not None:
        of = []
    return {
        "id": meaning.id,
        "title": meaning.title,
        "version": meaning.version,
        "definition": asdict(meaning),
        "n": None,
        "numerator": None,
        "denominator": None,
        "scope": sight.name,
        "disclosure": "exact" if sight.exact else "small-numbers-suppressed",
        "as_of": max((each.applied_at for each in of), default=changed_at),
        "freshness": {
            "last_event_at": max((each.last_event_at for each in of), default=changed_at),
            "groups": [
                {"group": each.group, "topic": each.topic, "last_event_at": each.last_event_at}
                for each in of
            ],
        },
    }


def answers_of(app: FastAPI) -> Answers:
    """The answers of the process that serves this app."""
    if not hasattr(app.state, "answers"):
        runtime: Runtime = app.state.runtime
        app.state.answers = Answers(runtime.database)
    answers: Answers = app.state.answers
    return answers
