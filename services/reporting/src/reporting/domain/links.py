"""Links to a figure as CSV, for a spreadsheet that can send no token: what one opens, and when."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from chassis.errors import NotFound, Refusal

MOST_DAYS: Final = 366
MOST: Final = 50
"""That one person may have at a time."""


class CsvLinkUnknown(NotFound):
    title = "There is no such link: it was revoked, or is not one of ours"


class CsvLinkExpired(Refusal):
    status = 410
    title = "This link has expired: make a new one beside the figure"


class TooManyCsvLinks(Refusal):
    title = "You have as many links as there can be: revoke one that you no longer need"


@dataclass(frozen=True, slots=True)
class CsvLink:
    """What a link opens: a figure, with the sight that its maker had and no more."""

    link_id: UUID
    label: str
    force_id: str
    exact: bool
    figure: str
    period: str
    counted_by: str
    per: str
    version: int | None
    made_by: str
    made_at: datetime
    expires_at: datetime

    def lasts(self, at: datetime) -> bool:
        return at < self.expires_at


def digest(secret: str) -> bytes:
    """What is kept of a secret: nobody who reads it could make the link from it."""
    return sha256(secret.encode()).digest()


def opened(kept: tuple[CsvLink, bytes] | None, figure: str, secret: str, at: datetime) -> CsvLink:
    """The link, for who has its secret. A wrong secret is as if there were none.

    Raises CsvLinkUnknown, or CsvLinkExpired of a link that was one.
    """
    wanted = kept[1] if kept is not None else bytes(32)
    fits = hmac.compare_digest(wanted, digest(secret))
    if kept is None or not fits or kept[0].figure != figure:
        raise CsvLinkUnknown
    if not kept[0].lasts(at):
        raise CsvLinkExpired
    return kept[0]


def ends(made_at: datetime, days: int) -> datetime:
    return made_at + timedelta(days=days)
