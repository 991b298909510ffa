"""What every command on a portfolio does: find it, know who acts, record and log."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from chassis.auth import Actor
from chassis.errors import NotFound
from chassis.work import Work
from npp_contracts.event import Event
from npp_contracts.ids import PersonId
from portfolio.domain.errors import SubjectNotOpaque
from portfolio.domain.log import append
from portfolio.domain.portfolio import Portfolio

_PERSON: Final[TypeAdapter[str]] = TypeAdapter(PersonId)
_KNOWN_FROM_THE_ROW: Final = {"portfolio_id", "learner_id"}


class PortfolioCommand(BaseModel):
    """Something to do to a portfolio; `version` is the one that the caller last saw, if any."""

    model_config = ConfigDict(frozen=True)

    portfolio_id: UUID
    version: int | None = None


def person(actor: Actor) -> str:
    """Who acts, in the form in which events may carry it."""
    try:
        return _PERSON.validate_python(actor.person)
    except ValidationError as error:
        raise SubjectNotOpaque from error


async def locked(work: Work, command: PortfolioCommand) -> Portfolio:
    """The portfolio that a command is about."""
    return await work.get(Portfolio, command.portfolio_id, version=command.version)


async def locked_own(work: Work, command: PortfolioCommand) -> Portfolio:
    """The same for its candidate; to any other it is not there."""
    portfolio = await locked(work, command)
    if work.actor.person != portfolio.candidate:
        raise NotFound("no such portfolio", field="portfolio_id")
    return portfolio


def record(work: Work, portfolio: Portfolio, event: Event, **more: Any) -> Portfolio:
    """Let an event happen, with an entry of the log that says so and `more`."""
    work.record(portfolio, event)
    said = event.model_dump(mode="json", exclude=_KNOWN_FROM_THE_ROW)
    action = event.type.split(".")[-2]
    note(work, portfolio, action, {**said, "version": portfolio.version, **more})
    return portfolio


def note(work: Work, portfolio: Portfolio, action: str, facts: dict[str, Any]) -> None:
    """Log what is no event of ours."""
    work.session.add(append(portfolio, work.now, work.actor.person, action, facts))
