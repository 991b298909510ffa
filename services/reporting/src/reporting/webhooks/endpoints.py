"""What a force does to its webhooks; every statement names the force, as the database does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from chassis.clock import new_id
from chassis.errors import Invalid, NotFound, Refusal, Stale
from chassis.work import Work
from reporting.domain.webhooks import full_hours
from reporting.webhooks import secrets

MOST_OF_A_FORCE: Final = 10

_COLUMNS: Final = """
id, url, types, note, version, state, reason, secret IS NOT NULL AS hmac, former_until,
created_at, updated_at, failures, failing_since, open_until
"""
# Nothing but our own text is put into statements here.
_SHARED_LOCK: Final = text(
    "SELECT pg_advisory_xact_lock(hashtext('webhooks of ' || CAST(:force AS text)))"
)
_COUNT: Final = text("SELECT count(*) FROM webhook_endpoints WHERE force_id = :force")
_INSERT: Final = text(f"""
INSERT INTO webhook_endpoints
    (id, force_id, url, types, note, created_at, updated_at, secret, due_at)
VALUES (:id, :force, :url, CAST(:types AS text[]), :note, :at, :at, :secret, 'infinity')
RETURNING {_COLUMNS}
""")  # noqa: S608
# From here on: what is placed while this commits comes behind the position, and is delivered.
_BEGIN: Final = text("""
INSERT INTO webhook_cursors (endpoint_id, force_id, position)
VALUES (:id, :force, coalesce((SELECT position FROM feeds WHERE force_id = :force), 0))
""")
_LOCK: Final = text(f"""
SELECT {_COLUMNS} FROM webhook_endpoints WHERE id = :id AND force_id = :force FOR UPDATE
""")  # noqa: S608
_CHANGE: Final = text(f"""
UPDATE webhook_endpoints
SET url = :url, types = CAST(:types AS text[]), note = :note, version = version + 1,
    updated_at = :at
WHERE id = :id AND force_id = :force RETURNING {_COLUMNS}
""")  # noqa: S608
_DISABLE: Final = text(f"""
UPDATE webhook_endpoints
SET state = 'disabled', reason = 'asked', version = version + 1, updated_at = :at
WHERE id = :id AND force_id = :force RETURNING {_COLUMNS}
""")  # noqa: S608
_ENABLE: Final = text(f"""
UPDATE webhook_endpoints
SET state = 'active', reason = NULL, version = version + 1, updated_at = :at
WHERE id = :id AND force_id = :force RETURNING {_COLUMNS}
""")  # noqa: S608
_AFRESH: Final = text("""
UPDATE webhook_deliveries SET attempts = 0, first_at = NULL, next_at = :at
WHERE endpoint_id = :id AND force_id = :force AND state = 'waiting'
""")
_WELL: Final = text("""
UPDATE webhook_endpoints
SET failures = 0, failing_since = NULL, open_until = NULL, due_at = :at
WHERE id = :id AND force_id = :force
""")
_ROTATE: Final = text(f"""
UPDATE webhook_endpoints
SET secret = :secret, former_secret = secret, former_until = :until, version = version + 1,
    updated_at = :at
WHERE id = :id AND force_id = :force RETURNING {_COLUMNS}
""")  # noqa: S608
_REPLAY: Final = text("""
WITH span AS (
    SELECT min(v.position) AS first, max(v.position) AS last, count(*) AS events
    FROM feed_events AS v JOIN webhook_endpoints AS e
        ON e.id = :id AND e.force_id = :force AND v.force_id = e.force_id
    WHERE v.placed_at >= :since AND v.placed_at < :until AND v.document IS NOT NULL
      AND (e.types IS NULL OR v.type = ANY (e.types))
      AND v.position <= (SELECT position FROM webhook_cursors
                         WHERE endpoint_id = :id AND force_id = :force AND until IS NULL)
), begun AS (
    INSERT INTO webhook_cursors (endpoint_id, force_id, position, until)
    SELECT CAST(:id AS uuid), CAST(:force AS text), first - 1, last FROM span WHERE events > 0
)
SELECT events FROM span
""")
_REPLAYING: Final = text("""
SELECT count(*) FROM webhook_cursors
WHERE endpoint_id = :id AND force_id = :force AND until IS NOT NULL
""")

Row = dict[str, Any]


class WebhookUnknown(NotFound):
    title = "Your force has no such webhook"


class TooManyWebhooks(Refusal):
    title = "Your force has as many webhooks as it may have"


class NoSharedSecret(Refusal):
    title = "This webhook has no shared secret: it is signed with our key alone"


class RangeReversed(Invalid):
    title = "The range ends before it begins"


class ReplayUnderWay(Refusal):
    title = "A replay to this webhook has not ended yet"


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """types: None for all. hmac: sign with a shared secret too."""

    url: str
    types: Sequence[str] | None
    note: str
    hmac: bool


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """changed: new values of url, types and note, as far as they change."""

    id: UUID
    version: int | None
    changed: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """overlap: how long the secret before signs too."""

    id: UUID
    overlap: timedelta


@dataclass(frozen=True, slots=True)
class Replay:
    """since, until: of the time at which events were placed in the feed, until excluded."""

    id: UUID
    since: datetime
    until: datetime


async def create_webhook(work: Work, command: CreateWebhook) -> Row:
    """It is sent what comes from now on; what was before, a replay brings."""
    endpoint_id = new_id()
    which = {"id": endpoint_id, "force": work.actor.force_id}
    await work.session.execute(_SHARED_LOCK, {"force": which["force"]})
    count = (await work.session.execute(_COUNT, {"force": which["force"]})).scalar_one()
    if count >= MOST_OF_A_FORCE:
        raise TooManyWebhooks(most=MOST_OF_A_FORCE)
    types = None if command.types is None else sorted(set(command.types))
    secret = secrets.sealed(endpoint_id, secrets.made()) if command.hmac else None
    said = {"url": command.url, "types": types, "note": command.note, "secret": secret}
    made = await work.session.execute(_INSERT, which | said | {"at": work.now})
    await work.session.execute(_BEGIN, which)
    return dict(made.mappings().one())


async def change_webhook(work: Work, command: ChangeWebhook) -> Row:
    """What waits keeps its place, and goes to where the webhook points by then."""
    found = await locked(work, command.id)
    check_version(found, command.version)
    kept = {name: command.changed.get(name, found[name]) for name in ("url", "types", "note")}
    if kept["url"] != found["url"]:
        await _begin_afresh(work, command.id)
    return await _changed(work, _CHANGE, command.id, **kept)


async def disable_webhook(work: Work, endpoint_id: UUID) -> Row:
    """Its place in the feed is kept, and what waits goes on waiting."""
    found = await locked(work, endpoint_id)
    if found["reason"] == "asked":
        return found
    return await _changed(work, _DISABLE, endpoint_id)


async def enable_webhook(work: Work, endpoint_id: UUID) -> Row:
    """It goes on where it stood, with another two days for what waits."""
    found = await locked(work, endpoint_id)
    if found["state"] == "active":
        return found
    await _begin_afresh(work, endpoint_id)
    return await _changed(work, _ENABLE, endpoint_id)


async def rotate_secret(work: Work, command: RotateSecret) -> Row:
    """A new shared secret; for a while the one before signs beside it."""
    found = await locked(work, command.id)
    if not found["hmac"]:
        raise NoSharedSecret
    secret = secrets.sealed(command.id, secrets.made())
    until = work.now + command.overlap
    return await _changed(work, _ROTATE, command.id, secret=secret, until=until)


async def replay(work: Work, command: Replay) -> int:
    """Send once more what was placed in the hours of a span; returns how many events that is.

    What has not been sent a first time is left to its turn.
    """
    if command.until <= command.since:
        raise RangeReversed(field="until", rule="after-since")
    await locked(work, command.id)
    which = {"id": command.id, "force": work.actor.force_id}
    if (await work.session.execute(_REPLAYING, which)).scalar_one():
        raise ReplayUnderWay
    span = full_hours(command.since, command.until)
    events: int = (await work.session.execute(_REPLAY, which | span)).scalar_one()
    return events


async def locked(work: Work, endpoint_id: UUID) -> Row:
    """The force's webhook of that id, unchanged until the commit; raises WebhookUnknown."""
    which = {"id": endpoint_id, "force": work.actor.force_id}
    row = (await work.session.execute(_LOCK, which)).mappings().first()
    if row is None:
        raise WebhookUnknown
    return dict(row)


def check_version(found: Row, version: int | None) -> None:
    """Raises Stale when the webhook is no longer the version that was looked at."""
    current = found["version"]
    if version is not None and version != current:
        raise Stale(f"version is {current}, not {version}", current=current)


async def _begin_afresh(work: Work, endpoint_id: UUID) -> None:
    """What its address has refused so far is no longer held against it."""
    which = {"id": endpoint_id, "force": work.actor.force_id, "at": work.now}
    await work.session.execute(_AFRESH, which)
    await work.session.execute(_WELL, which)


async def _changed(work: Work, statement: Any, endpoint_id: UUID, **values: object) -> Row:
    which = {"id": endpoint_id, "force": work.actor.force_id, "at": work.now}
    return dict((await work.session.execute(statement, which | values)).mappings().one())
