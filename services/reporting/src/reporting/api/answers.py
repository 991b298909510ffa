"""Figures as they are answered: built once per change of what they rest on, then kept."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Final

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
from reporting.projections.freshness import Applied, applied
from reporting.store.disclosures import keep_known, take_known

MAX_KEPT: Final = 512
WITHHELD: Final = "[c]"
"""What a CSV has in place of a number that is too small to be shown."""


_ABOUT: Final = ("figure", "version", "as_of_time")


class FigureUnknown(NotFound):
    title = "There is no figure of that name"


class FilterWouldUnmask(Forbidden):
    title = "Too few people would be left in what you ask for"


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure in one sight at one version of the data; `etag` tells it from all others.

    shown: what has been made of it for readers who look at it alike.
    """

    etag: str
    document: Document
    shown: dict[Hashable, str] = field(default_factory=dict, compare=False, repr=False)

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

    async def version(self) -> list[Applied]:
        """What every read model has applied."""
        async with self.database.connection(read_only=True) as connection:
            return await applied(connection)

    async def find(
        self, name: str, sight: Sight, choices: Choices, current: list[Applied] | None = None
    ) -> Answer:
        """The figure as of now, or the version given; raises FigureUnknown, FilterWouldUnmask."""
        check(name, sight, choices)
        current = await self.version() if current is None else current
        tag = etag(name, sight, choices, current)
        if (kept := self._kept.get(tag)) is not None:
            self._kept.move_to_end(tag)
            return kept
        task = self._making.get(tag)
        if task is None:
            task = asyncio.create_task(self._make(tag, name, sight, choices, current))
            self._making[tag] = task
            task.add_done_callback(lambda _: self._making.pop(tag, None))
        return await asyncio.shield(task)  # who stops waiting must not take it from the others

    async def _make(
        self, tag: str, name: str, sight: Sight, choices: Choices, current: list[Applied]
    ) -> Answer:
        document = await figure(self.database, name, sight, choices, current)
        answer = Answer(tag, document)
        self._kept[tag] = answer
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return answer


async def figure(
    database: Database, name: str, sight: Sight, choices: Choices, current: list[Applied]
) -> Document:
    """The figure as it is now, made anew; `current` is what it is said to rest on."""
    meaning = meaning_of(name, choices)
    async with database.connection(sight.scope, read_only=sight.exact) as connection:
        known = Known() if sight.exact else await take_known(connection)
        guard = Guard(sight.exact, known)
        nation = partial(database.connection, EVERY_FORCE, read_only=True)
        reader = Reader(connection, sight, choices, current, nation, guard, meaning, now())
        content = await FIGURES[name].build[meaning.version](reader)
        if not sight.exact:
            await keep_known(connection, known, guard.known)
    return heading(meaning, sight, current) | content


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


def etag(name: str, sight: Sight, choices: Choices, current: list[Applied]) -> str:
    """Equal for equal answers: figure, definition, sight, choices and what it rests on."""
    rests_on = [
        (each.group, each.topic, each.version)
        for each in current
        if each.group in FIGURES[name].groups
    ]
    # Ages pass even when nothing happens.
    passing = FIGURES[name].passes
    age = int(now().timestamp()) // passing if passing else 0
    identity = repr((name, meaning_of(name, choices).version, sight, choices, rests_on, age))
    return f'"{hashlib.blake2s(identity.encode(), digest_size=12).hexdigest()}"'


def meaning_of(name: str, choices: Choices) -> Definition:
    """The definition that is asked for; raises DefinitionUnknown."""
    return definition(name, choices.version, now().date())


def heading(meaning: Definition, sight: Sight, current: list[Applied]) -> Document:
    """What every figure says before its own content."""
    of = [each for each in current if each.group in FIGURES[meaning.id].groups]
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
        "as_of": max((each.applied_at for each in of), default=None),
        "freshness": {
            "last_event_at": max((each.last_event_at for each in of), default=None),
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
