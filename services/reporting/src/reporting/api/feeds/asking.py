"""What a reader of a feed may ask for, and how each wrong question is refused."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from chassis.errors import Invalid, Refusal
from reporting.feeds.queries import Slice
from reporting.feeds.routing import TYPES

MAX_LIMIT: Final = 1_000
MAX_TIMEOUT: Final = 30_000


class PositionUnknown(Refusal):
    status = 400
    title = "lastEventId is no event of this feed"


class PositionExpired(Refusal):
    status = 410
    title = "What follows that event is no longer kept: start again"


class TypeUnknown(Invalid):
    title = "No event of that type is in a feed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a feed. last: the id behind which to go on. timeout: in seconds."""

    last: str | None
    types: frozenset[str] | None
    limit: int
    timeout: float

    @property
    def last_id(self) -> UUID | None:
        if self.last is None:
            return None
        try:
            return UUID(self.last)
        except ValueError:
            raise PositionUnknown(field="lastEventId") from None

    def path(self, feed: str, last: str | None) -> str:
        """The same question from another event on."""
        asked: dict[str, str | int] = {} if last is None else {"lastEventId": last}
        if self.types is not None:
            asked["types"] = ",".join(sorted(self.types))
        asked |= {"limit": self.limit, "timeout": round(self.timeout * 1000)}
        return f"/feeds/{feed}/events?{urlencode(asked, safe=',')}"

    def check(self, feed: str, found: Slice) -> None:
        """Refuse to go on from an event that is not there, or whose successors are not."""
        if self.last is None:
            return
        if found.after is None:
            raise PositionUnknown(field="lastEventId")
        if found.after < found.purged_to:
            raise PositionExpired(field="lastEventId", restart=self.path(feed, None))


def _named(types: str | None) -> frozenset[str] | None:
    if types is None:
        return None
    named = frozenset(types.split(","))
    if not named <= TYPES:
        raise TypeUnknown(field="types", rule="known-type", known=sorted(TYPES))
    return named


async def _asked(
    last: Annotated[
        str | None,
        Query(alias="lastEventId", max_length=100, description="Go on behind this event."),
    ] = None,
    types: Annotated[
        str | None, Query(max_length=4_000, description="Only these, with commas between.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
    timeout: Annotated[  # noqa: ASYNC109  the convention's own name, and the reader's to choose
        int, Query(ge=0, le=MAX_TIMEOUT, description="Milliseconds to wait for an event.")
    ] = 0,
) -> Asked:
    return Asked(last, _named(types), limit, timeout / 1000)


Question = Annotated[Asked, Depends(_asked)]
"""Route dependency: the query parameters of a feed."""
