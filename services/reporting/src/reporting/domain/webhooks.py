"""Webhooks: what may be sent now, what is tried again and when, and when an address is left be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

PATIENCE: Final = timedelta(days=2)
"""How long one delivery is tried, and how long an address may accept nothing."""
FAILURES_TO_PAUSE: Final = 5
PINGS_AT_ONCE: Final = 10
PING_EVERY: Final = timedelta(seconds=6)
_RETRY: Final = timedelta(seconds=5), timedelta(hours=4)
_PAUSE: Final = timedelta(seconds=30), timedelta(hours=1)
# Beyond them the wait is the longest anyhow.
_MOST_DOUBLINGS: Final = 20


class Outcome(StrEnum):
    """How one attempt ended. Accepted is a status of 2xx and an answer that ended in time."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REDIRECTED = "redirected"
    GONE = "gone"
    TIMEOUT = "timeout"
    ANSWER_TOO_LARGE = "answer-too-large"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls-failed"
    BROKEN_OFF = "broken-off"
    NAME_UNKNOWN = "name-unknown"
    ADDRESS_REFUSED = "address-refused"
    NO_LONGER_KEPT = "no-longer-kept"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending. status: of the HTTP answer. retry_after: what that asked for."""

    outcome: Outcome
    status: int | None = None
    seconds: float = 0.0
    retry_after: timedelta = timedelta()

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that an endpoint has not accepted yet.

    ticket: its place in the queue. attempts: how many have failed, the first of them at first_at.
    """

    ticket: int
    key: str
    position: int
    attempts: int
    first_at: datetime | None
    next_at: datetime


def lanes(waiting: Iterable[Delivery], at: datetime) -> list[list[Delivery]]:
    """By key what may go now, one after the other; a key whose first has to wait, waits."""
    return [lane for lane in _keys(waiting) if lane[0].next_at <= at]


def next_due(waiting: Iterable[Delivery]) -> datetime | None:
    """When there is something to send again; None when nothing waits."""
    return min((lane[0].next_at for lane in _keys(waiting)), default=None)


def _keys(waiting: Iterable[Delivery]) -> list[list[Delivery]]:
    keys: dict[str, list[Delivery]] = {}
    for each in sorted(waiting, key=lambda each: each.ticket):
        keys.setdefault(each.key, []).append(each)
    return list(keys.values())


def probe(ready: Sequence[list[Delivery]]) -> list[list[Delivery]]:
    """The one delivery by which a paused endpoint is tried: the least refused one so far.

    Were it the oldest, keys that nobody will ever accept would keep all others waiting.
    """
    heads = [lane[0] for lane in ready]
    return [[min(heads, key=lambda each: (each.attempts, each.ticket))]] if heads else []


def retry_at(attempts: int, attempt: Attempt, at: datetime, chance: float) -> datetime:
    """When a delivery that has failed so often is sent again; chance, 0 to 1, spreads it."""
    asked = min(attempt.retry_after, _RETRY[1])
    return at + max(_spread(_grown(_RETRY, 2 * (attempts - 1)), chance), asked)


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has answered of late. failures: since it last accepted anything."""

    failures: int = 0
    failing_since: datetime | None = None
    open_until: datetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether one delivery is to be tried before all others."""
        return self.failures >= FAILURES_TO_PAUSE

    def paused(self, at: datetime) -> bool:
        return self.open_until is not None and at < self.open_until

    def failed(self, at: datetime, chance: float) -> "Health":
        """After one more failure; what was under way when the pause began adds nothing to it."""
        if self.paused(at):
            return self
        failures = self.failures + 1
        now = replace(self, failures=failures, failing_since=self.failing_since or at)
        if not now.doubtful:
            return now
        pause = _grown(_PAUSE, failures - FAILURES_TO_PAUSE)
        return replace(now, open_until=at + _spread(pause, chance))

    def lost(self, at: datetime) -> bool:
        """Whether it has accepted nothing for so long that it is left be until its force says."""
        return self.failing_since is not None and at - self.failing_since >= PATIENCE


def given_up(delivery: Delivery, health: Health, at: datetime) -> bool:
    """Whether a delivery that has failed again is let go of, for the sake of its key's others.

    Never while nothing at all is accepted: then everything waits, and nothing is skipped.
    """
    if delivery.first_at is None or health.lost(at):
        return False
    return at - delivery.first_at >= PATIENCE


def ping_at(until: datetime | None, at: datetime) -> datetime:
    """When the next ping may be sent, now or later. until: what `pinged` said of the last one."""
    return at if until is None else max(at, until - (PINGS_AT_ONCE - 1) * PING_EVERY)


def pinged(until: datetime | None, at: datetime) -> datetime:
    """By when the pings that were sent have been lived down, one every six seconds."""
    return max(until or at, at) + PING_EVERY


def _grown(bounds: tuple[timedelta, timedelta], doublings: int) -> timedelta:
    first, longest = bounds
    return min(first * (1 << min(doublings, _MOST_DOUBLINGS)), longest)


def _spread(whole: timedelta, chance: float) -> timedelta:
    return whole * (1 + chance) / 2


def full_hours(since: datetime, until: datetime) -> dict[str, datetime]:
    """The hours that hold a span of time, in UTC: there are offsets of half an hour.

    A feed tells no time below the hour of what two forces have halves of; how many events lie
    between two moments would.
    """
    hour = timedelta(hours=1)
    first, last = (
        each.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for each in (since, until)
    )
    return {"since": first, "until": last if last == until else last + hour}
