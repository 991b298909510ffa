"""Making, showing and revoking links: for who reads figures, with their own sight and no more."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

import structlog
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.auth import Actor
from chassis.clock import new_id, now
from chassis.database import Database
from chassis.http import Caller
from chassis.http.runtime import runtime_of
from reporting.api.answers import check
from reporting.api.figures.reader import Choices
from reporting.api.sight import Sight, sight_of
from reporting.domain.forces import NATIONAL
from reporting.domain.links import (
    MOST,
    MOST_DAYS,
    CsvLink,
    CsvLinkUnknown,
    TooManyCsvLinks,
    digest,
    ends,
)
from reporting.projections.completions import By, Period
from reporting.projections.way import Per
from reporting.store.links import count_alone, keep_link, links_of, revoke_link

log = structlog.get_logger(__name__)
ADMINISTRATORS = ("force-admin", "national-admin")
"""See and revoke the links of everybody whose sight is theirs: people leave."""


class LinkBody(BaseModel):
    """What a link is asked for with; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    figure: Annotated[str, Field(min_length=1, max_length=80)]
    label: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """For yourselves: which workbook it is for. No personal data."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 90
    period: Period = "month"
    by: By = "module"
    per: Per = "force"
    version: Annotated[int | None, Field(ge=1, le=9999)] = None

    @property
    def choices(self) -> Choices:
        return Choices(self.period, self.by, self.per, self.version)


@dataclass(frozen=True, slots=True)
class Maker:
    """A reader of figures who asks about links, and the database with their rights."""

    database: Database
    actor: Actor
    sight: Sight

    async def make(self, body: LinkBody) -> tuple[CsvLink, str]:
        """The link and its secret, which nothing can show again.

        Raises FigureUnknown, DefinitionUnknown, FilterWouldUnmask, TooManyCsvLinks.
        """
        check(body.figure, self.sight, body.choices)
        secret, made_at = secrets.token_urlsafe(32), now()
        link = CsvLink(
            link_id=new_id(),
            label=body.label,
            force_id=self.sight.name,
            exact=self.sight.exact,
            figure=body.figure,
            period=body.period,
            counted_by=body.by,
            per=body.per,
            version=body.version,
            made_by=self.actor.subject,
            made_at=made_at,
            expires_at=ends(made_at, body.days),
        )
        async with self.database.connection(self.sight.scope) as connection:
            if await count_alone(connection, link.force_id, link.made_by) >= MOST:
                raise TooManyCsvLinks(most=MOST)
            await keep_link(connection, link, digest(secret))
        log.info("csv-link-made", link=str(link.link_id), figure=link.figure, by=link.made_by)
        return link, secret

    async def found(self) -> list[CsvLink]:
        """One's own; an administrator's are those of everybody of the force, or of the nation."""
        async with self.database.connection(self.sight.scope, read_only=True) as connection:
            return await links_of(connection, self.sight.name, self._whose)

    async def revoke(self, link_id: UUID) -> None:
        """Raises CsvLinkUnknown, alike for what is absent and what is another's."""
        async with self.database.connection(self.sight.scope) as connection:
            if not await revoke_link(connection, link_id, self.sight.name, self._whose):
                raise CsvLinkUnknown
        log.info("csv-link-revoked", link=str(link_id), by=self.actor.subject)

    @property
    def _whose(self) -> str | None:
        return self.actor.subject if self.actor.roles.isdisjoint(ADMINISTRATORS) else None


def maker_of(request: Request, actor: Actor) -> Maker:
    """Raises Forbidden for who may not read figures at all."""
    return Maker(runtime_of(request).database, actor, sight_of(actor))


async def _maker(request: Request, actor: Caller) -> Maker:
    return maker_of(request, actor)


Makes = Annotated[Maker, Depends(_maker)]
"""Route dependency: asks about the caller's links."""


def path_of(link: CsvLink, secret: str) -> str:
    return f"/links/{link.link_id}/{secret}/{link.figure}.csv"


def shown(link: CsvLink) -> Mapping[str, Any]:
    """A link as it is told: by its name and what it opens, never how."""
    return {
        "id": link.link_id,
        "label": link.label,
        "figure": link.figure,
        "parameters": {"period": link.period, "by": link.counted_by, "per": link.per},
        "version": link.version,
        "scope": link.force_id,
        "disclosure": "exact" if link.exact else "small-numbers-suppressed",
        "made_by": link.made_by,
        "made_at": link.made_at,
        "expires_at": link.expires_at,
    }


def sight_through(link: CsvLink) -> Sight:
    """What is seen through it: what its maker saw."""
    return Sight(None if link.force_id == NATIONAL else link.force_id, link.exact)


def choices_of(link: CsvLink) -> Choices:
    """With what the figure is asked for; checked when the link was made."""
    period, by, per = cast(Period, link.period), cast(By, link.counted_by), cast(Per, link.per)
    return Choices(period, by, per, link.version)
