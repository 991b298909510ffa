"""Bringing portfolios in line with enrolments: open what is due, rest what was withdrawn."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import new_id
from chassis.work import Work
from portfolio import store
from portfolio.commands.portfolios import note, record
from portfolio.domain.framework import Framework
from portfolio.domain.opening import Enrolled, open_portfolio
from portfolio.domain.portfolio import Portfolio, State

CHUNK: Final = 1_000


@dataclass(frozen=True)
class Due:
    """By enrolment, what is to be done; it is taken out when it is done."""

    frameworks: dict[tuple[str, str], Framework] = field(default_factory=dict)
    openings: dict[UUID, list[Enrolled]] = field(default_factory=dict)
    turns: dict[UUID, list[UUID]] = field(default_factory=dict)


async def what_is_due(session: AsyncSession, enrolments: Sequence[UUID]) -> Due:
    """Look at many enrolments at once: what is known of them against their portfolios."""
    due = Due(openings=defaultdict(list), turns=defaultdict(list))
    for enrolled in await store.openable(session, enrolments):
        due.openings[enrolled.enrolment_id].append(enrolled)
    for enrolment_id, portfolio_id in await store.out_of_step(session, enrolments):
        due.turns[enrolment_id].append(portfolio_id)
    if due.openings:
        due.frameworks.update(await store.newest_frameworks(session))
    return due


async def catch_up(work: Work, due: Due, enrolment_id: UUID) -> None:
    """Do what is due for one enrolment."""
    for enrolled in due.openings.pop(enrolment_id, ()):
        framework = due.frameworks[enrolled.programme_id, enrolled.part]
        portfolio, opened = open_portfolio(new_id(), enrolled, framework, work.now)
        record(work, work.add(portfolio), opened)
        if enrolled.withdrawn:
            _turn(work, portfolio)
    for portfolio_id in due.turns.pop(enrolment_id, ()):
        _turn(work, await work.get(Portfolio, portfolio_id))


async def settle(work: Work, enrolments: Iterable[UUID]) -> None:
    """The same for any number of enrolments, in chunks."""
    waiting = list(enrolments)
    for start in range(0, len(waiting), CHUNK):
        chunk = waiting[start : start + CHUNK]
        due = await what_is_due(work.session, chunk)
        for enrolment_id in chunk:
            await catch_up(work, due, enrolment_id)
        await work.flush()
        work.session.expunge_all()


def _turn(work: Work, portfolio: Portfolio) -> None:
    before = portfolio.state
    if before is State.WITHDRAWN:
        portfolio.reinstate()
    else:
        portfolio.withdraw()
    if portfolio.state is not before:
        action = "reinstated" if before is State.WITHDRAWN else "withdrawn"
        note(work, portfolio, action, {"from": before.value, "to": portfolio.state.value})
