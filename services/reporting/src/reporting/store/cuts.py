"""Cuts: which were asked for, what was read of them, and what came out; written once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis.clock import new_id
from chassis.kafka import Place
from reporting.domain.cuts import Cut
from reporting.domain.errors import CutUnknown
from reporting.domain.returns import Part, State

Reads = AsyncConnection | AsyncSession

_ASK: Final = text("""
INSERT INTO cuts (cut_id, known_at, about, figures, asked_by, asked_at)
VALUES (:cut_id, :known_at, :about, :figures, :asked_by, :asked_at)
""")
_CUT: Final = """
SELECT cut_id, known_at, about, figures, asked_by, asked_at, read_at, ends, not_applied, problem,
    EXISTS (SELECT FROM return_versions AS v WHERE v.cut_id = cuts.cut_id) AS of_return
FROM cuts WHERE
"""
_ONE: Final = text(f"{_CUT} cut_id = :cut_id")
# Held until its figures are kept: nobody else reads for it, and who ends has not begun.
_NEXT: Final = text(
    f"{_CUT} read_at IS NULL AND problem IS NULL ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_AGE: Final = text("""
SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(asked_at)))::float8 FROM cuts
WHERE read_at IS NULL AND problem IS NULL
""")
_READ: Final = text("""
UPDATE cuts SET read_at = clock_timestamp(), ends = :ends, not_applied = :dead
WHERE cut_id = :cut_id
""")
_FAILED: Final = text(
    "UPDATE cuts SET problem = :problem WHERE cut_id = :cut_id AND read_at IS NULL"
)
_FIGURE: Final = text("""
INSERT INTO cut_figures (cut_id, sight, figure, document)
VALUES (:cut_id, :sight, :figure, :document)
""")
_PART: Final = text("""
INSERT INTO cut_parts (cut_id, force_id, sha256, denominator)
VALUES (:cut_id, :force_id, :sha256, :denominator)
""")
_FIGURES: Final = text("""
SELECT sight, figure, document FROM cut_figures
WHERE cut_id = :cut_id AND (CAST(:sight AS text) IS NULL OR sight = :sight)
ORDER BY sight, figure
""")
_DOCUMENT: Final = text("""
SELECT document FROM cut_figures WHERE cut_id = :cut_id AND sight = :sight AND figure = :figure
""")
_PARTS: Final = text("""
SELECT force_id, sha256, denominator FROM cut_parts
WHERE cut_id = :cut_id AND (CAST(:force AS text) IS NULL OR force_id = :force) ORDER BY force_id
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """A cut and how its reading stands. ends: by partition the offset before which it was read.

    not_applied: events that no read model could take. of_return: a version of a return is of it.
    """

    cut_id: UUID
    cut: Cut
    figures: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    read_at: datetime | None
    ends: Mapping[Place, int]
    not_applied: int | None
    problem: str | None
    of_return: bool

    @property
    def state(self) -> State:
        if self.problem is not None:
            return State.FAILED
        return State.READING if self.read_at is None else State.FROZEN


Figures = dict[tuple[str, str], str]
"""Documents, as JSON, by sight and figure."""


async def ask(within: Reads, cut: Cut, figures: Sequence[str], by: str, asked_at: datetime) -> UUID:
    """Have a cut read by whoever consumes."""
    cut_id = new_id()
    about = {"cut_id": cut_id, "known_at": cut.known_at, "about": cut.about}
    wanted = {"figures": list(figures), "asked_by": by, "asked_at": asked_at}
    await within.execute(_ASK, about | wanted)
    return cut_id


async def cut_of(within: Reads, cut_id: UUID) -> Asked:
    """Raises CutUnknown."""
    found = (await within.execute(_ONE, {"cut_id": cut_id})).mappings().first()
    if found is None:
        raise CutUnknown
    return _asked(found)


async def age(session: Reads) -> float:
    """Seconds since the oldest was asked for that is not read yet; 0 when none waits."""
    return float((await session.execute(_AGE)).scalar_one())


async def take_next(within: Reads) -> Asked | None:
    """The cut that waits longest and that nobody is reading, locked until the end."""
    found = (await within.execute(_NEXT)).mappings().first()
    return None if found is None else _asked(found)


async def keep(within: Reads, cut_id: UUID, figures: Figures, parts: Iterable[Part]) -> None:
    rows = [
        {"cut_id": cut_id, "sight": sight, "figure": figure, "document": document}
        for (sight, figure), document in figures.items()
    ]
    await within.execute(_FIGURE, rows)
    await within.execute(
        _PART,
        [
            {"cut_id": cut_id, "force_id": e.force_id, "sha256": e.sha256}
            | {"denominator": e.denominator}
            for e in parts
        ],
    )


async def has_been_read(
    within: Reads, cut_id: UUID, ends: Mapping[Place, int], not_applied: int
) -> None:
    """Close a cut: from here on the database refuses any change of it."""
    said = msgspec.json.encode([[topic, n, end] for (topic, n), end in sorted(ends.items())])
    await within.execute(_READ, {"cut_id": cut_id, "ends": said.decode(), "dead": not_applied})


async def has_failed(within: Reads, cut_id: UUID, problem: str) -> None:
    await within.execute(_FAILED, {"cut_id": cut_id, "problem": problem})


async def figures_of(within: Reads, cut_id: UUID, sight: str | None = None) -> Figures:
    """What the transaction may see of a cut's documents, of one sight or all."""
    found = await within.execute(_FIGURES, {"cut_id": cut_id, "sight": sight})
    return {(row.sight, row.figure): row.document for row in found}


async def figure_of(within: Reads, cut_id: UUID, sight: str, figure: str) -> str | None:
    """One document, under the name it is kept under; None where there is none."""
    said = {"cut_id": cut_id, "sight": sight, "figure": figure}
    found: str | None = (await within.execute(_DOCUMENT, said)).scalar_one_or_none()
    return found


async def parts_of(within: Reads, cut_id: UUID, force_id: str | None) -> dict[str, Part]:
    """By force the parts: of one, or of all that the transaction may see."""
    found = await within.execute(_PARTS, {"cut_id": cut_id, "force": force_id})
    return {row.force_id: Part(row.force_id, row.sha256, row.denominator) for row in found}


def _asked(row: Mapping[Any, Any]) -> Asked:
    told = dict(row)
    cut = Cut(told.pop("known_at"), told.pop("about"))
    ends = {(topic, n): end for topic, n, end in msgspec.json.decode(told.pop("ends") or "[]")}
    return Asked(cut=cut, ends=ends, figures=tuple(told.pop("figures")), **told)
