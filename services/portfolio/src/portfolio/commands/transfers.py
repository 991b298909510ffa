"""A learner's portfolios go along to the new force."""

from chassis.work import Work
from npp_contracts.enrolment import LearnerTransferred
from npp_contracts.envelope import Envelope
from portfolio import store
from portfolio.commands.portfolios import note
from portfolio.domain.portfolio import Portfolio
from portfolio.store.tables import portfolios


async def move_portfolios(work: Work, event: LearnerTransferred, meta: Envelope) -> None:
    await store.exclusively(work.session)
    if not await store.keep_transfer(work.session, event, meta.sequence):
        return
    theirs = await work.find(Portfolio, portfolios.c.learner_id == event.learner_id)
    moved = await work.get_many(Portfolio, [one.portfolio_id for one in theirs])
    for portfolio in moved.values():
        if portfolio.force_id != event.force_id:
            route = {"from": portfolio.force_id, "to": event.force_id}
            portfolio.force_id = event.force_id
            note(work, portfolio, "moved", route)
