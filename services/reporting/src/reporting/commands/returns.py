"""Opening a return, confirming, correcting and publishing it; and asking for a cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from chassis.clock import new_id
from chassis.work import Work
from reporting.domain.cuts import Cut
from reporting.domain.errors import ConfirmingForAnother, DayToCome, MomentToCome, ReturnOpened
from reporting.domain.forces import forces
from reporting.domain.returns import (
    FIRST,
    LATE,
    SETS,
    Confirmation,
    State,
    Version,
    confirmed,
    corrected,
    opened,
    published,
)
from reporting.store import cuts, returns
from reporting.store.returns import OpenedReturn

PUBLISHER: Final = "national-publisher"
SIGNOFF: Final = "force-signoff"
AS_AT: Final = (PUBLISHER, "national-admin")


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """Freeze a set of figures as of a day; `period` is what the set has one return for."""

    figure_set: str
    period: str
    as_of: date


async def open_return(work: Work, command: OpenReturn) -> UUID:
    work.actor.require(PUBLISHER)
    wanted = opened(command.figure_set, command.as_of, work.now.date())
    by, at = work.actor.subject, work.now
    made = OpenedReturn(new_id(), wanted.name, command.period, command.as_of, by, at)
    if not await returns.insert_return(work.session, made):
        raise ReturnOpened(field="period", period=command.period)
    await _read_again(work, made, 1, FIRST)
    return made.return_id


@dataclass(frozen=True, slots=True)
class CorrectReturn:
    """Read the figures of the same day again, with what has been recorded since."""

    return_id: UUID
    reason: str
    seen: int | None = None


async def correct_return(work: Work, command: CorrectReturn) -> int:
    work.actor.require(PUBLISHER)
    found = await returns.return_of(work.session, command.return_id, lock=True)
    version = corrected(await _latest(work, found), command.seen)
    await _read_again(work, found, version, command.reason)
    return version


@dataclass(frozen=True, slots=True)
class ConfirmReturn:
    """A force puts its name to its part, as it has seen it in a version."""

    return_id: UUID
    force_id: str
    version: int


async def confirm_return(work: Work, command: ConfirmReturn) -> int:
    """The version from which it counts: a late confirmation makes another one."""
    work.actor.require(SIGNOFF)
    # Before anything is looked up: whether another force has a part is not told.
    if command.force_id != work.actor.force_id or command.force_id not in forces():
        raise ConfirmingForAnother(field="force_id", rule="own-force")
    session, by, at = work.session, work.actor.subject, work.now
    found = await returns.return_of(session, command.return_id, lock=True)
    latest = await _latest(work, found)
    earlier = await returns.confirmations_of(session, found.return_id, command.force_id)
    parts = await cuts.parts_of(session, latest.cut_id, command.force_id)
    part = parts.get(command.force_id)
    since = confirmed(latest, command.version, part, earlier)
    if since > latest.version:
        late = Version(since, latest.cut_id, State.FROZEN, LATE)
        await returns.make_version(session, found.return_id, late, by, at)
    assert part is not None  # noqa: S101  it is confirmed
    said = Confirmation(command.force_id, part.sha256, since, by, at)
    await returns.insert_confirmation(session, found.return_id, said)
    return since


@dataclass(frozen=True, slots=True)
class PublishReturn:
    """Let everybody who may read figures read a version; from then on nothing changes it."""

    return_id: UUID
    version: int


async def publish_return(work: Work, command: PublishReturn) -> None:
    work.actor.require(PUBLISHER)
    found = await returns.return_of(work.session, command.return_id, lock=True)
    published(await _latest(work, found), command.version)
    by, at = work.actor.subject, work.now
    await returns.publish_version(work.session, found.return_id, command.version, by, at)


@dataclass(frozen=True, slots=True)
class AskAsAt:
    """Figures as they were known at a moment; with `about`, what was known then about a day.

    known_at: None is now.
    """

    known_at: datetime | None
    about: date | None
    figures: Sequence[str]


async def ask_as_at(work: Work, command: AskAsAt) -> UUID:
    work.actor.require(*AS_AT)
    known_at = command.known_at or work.now
    if known_at > work.now:
        raise MomentToCome(field="known_at", rule="not-in-the-future")
    if command.about is not None and command.about > work.now.date():
        raise DayToCome(field="about", rule="not-in-the-future")
    figures = tuple(command.figures) or SETS["national"].figures
    cut = Cut(known_at, command.about)
    return await cuts.ask(work.session, cut, figures, work.actor.subject, work.now)


async def _latest(work: Work, found: OpenedReturn) -> Version:
    return (await returns.versions_of(work.session, found.return_id))[-1].decided


async def _read_again(work: Work, found: OpenedReturn, version: int, reason: str) -> None:
    by, at = work.actor.subject, work.now
    figures = SETS[found.figure_set].figures
    cut_id = await cuts.ask(work.session, Cut(at, found.as_of), figures, by, at)
    made = Version(version, cut_id, State.READING, reason)
    await returns.make_version(work.session, found.return_id, made, by, at)
