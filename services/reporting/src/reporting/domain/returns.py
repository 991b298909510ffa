"""The national return: opened for a day, confirmed by forces, corrected by versions, published."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.resources import files
from uuid import UUID

from reporting.domain.errors import (
    AlreadyConfirmed,
    AlreadyPublished,
    DayToCome,
    DenominatorMissing,
    ReadingFailed,
    SetUnknown,
    StillReading,
    VersionSuperseded,
)

LATE = "late confirmation"
"""The reason of a version that differs from the published one by who has confirmed."""
FIRST = "first version"


@dataclass(frozen=True, slots=True)
class FigureSet:
    """What a return consists of."""

    name: str
    title: str
    figures: tuple[str, ...]


class State(StrEnum):
    """reading: its figures are being read from the log. frozen: they stand and wait."""

    READING = "reading"
    FAILED = "failed"
    FROZEN = "frozen"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Version:
    """Figures that never change, and why they were made; `cut_id` says from which reading."""

    version: int
    cut_id: UUID
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A force's own figures in a cut. denominator: the staff that they are shares of."""

    force_id: str
    sha256: str
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A force put its name to its part, by the hash of it, from a version on."""

    force_id: str
    sha256: str
    from_version: int
    confirmed_by: str
    confirmed_at: datetime


def opened(name: str, as_of: date, today: date) -> FigureSet:
    """The set to freeze; raises SetUnknown or DayToCome."""
    if name not in SETS:
        raise SetUnknown(field="set", rule="known-set", known=sorted(SETS))
    if as_of > today:
        raise DayToCome(field="as_of", rule="not-in-the-future", as_of=as_of)
    return SETS[name]


def corrected(latest: Version, seen: int | None = None) -> int:
    """The number of the version that a correction makes, whatever becomes of the latest.

    seen: the version that is to be corrected, where that is said: asked twice it is done once.
    """
    if seen is not None:
        _expect_latest(latest, seen)
    if latest.state is State.READING:
        raise StillReading(version=latest.version)
    return latest.version + 1


def confirmed(
    latest: Version,
    seen: int,
    part: Part | None,
    earlier: Sequence[Confirmation],
) -> int:
    """The version from which the confirmation counts: another one where the latest is published.

    seen: the version that the force has looked at. earlier: the force's own confirmations.
    """
    _expect_latest(latest, seen)
    _expect_figures(latest)
    if part is None or not part.denominator:
        raise DenominatorMissing(field="denominator", rule="above-zero")
    if any(each.sha256 == part.sha256 for each in earlier):
        raise AlreadyConfirmed(version=seen)
    return latest.version + (latest.state is State.PUBLISHED)


def published(latest: Version, seen: int) -> None:
    """Raises what stands against publishing; that forces are missing does not, but is shown."""
    _expect_latest(latest, seen)
    _expect_figures(latest)
    if latest.state is State.PUBLISHED:
        raise AlreadyPublished(version=seen)


def standing(
    version: int, parts: Mapping[str, str], confirmations: Sequence[Confirmation]
) -> dict[str, Confirmation]:
    """By force the confirmation that holds in a version: of these very figures, made by then.

    parts: the hashes of the forces' figures. A part that a correction has left alone stays
    confirmed; one that it has changed is to be confirmed again.
    """
    return {
        each.force_id: each
        for each in confirmations
        if each.from_version <= version and parts.get(each.force_id) == each.sha256
    }


def _expect_latest(latest: Version, seen: int) -> None:
    if seen != latest.version:
        raise VersionSuperseded(field="version", rule="latest", latest=latest.version)


def _expect_figures(latest: Version) -> None:
    if latest.state is State.READING:
        raise StillReading(version=latest.version)
    if latest.state is State.FAILED:
        raise ReadingFailed(version=latest.version)


def _read() -> dict[str, FigureSet]:
    text = (files("reporting.domain") / "returns.toml").read_text(encoding="utf-8")
    return {
        name: FigureSet(name, said["title"], tuple(said["figures"]))
        for name, said in tomllib.loads(text).items()
    }


SETS = _read()
