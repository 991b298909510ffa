"""Dead letters: what a consumer could not use, kept with its reason until somebody decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.attempt import Attempt
from chassis.consumer.ledger import Ledger, headers_from
from chassis.consumer.ordering import Blocked, Key
from chassis.consumer.received import Consumer, Received, understand
from chassis.consumer.store import PostgresStore
from chassis.database import Database, Driver, driver, is_passing
from chassis.errors import NotFound, Refusal
from chassis.kafka import Place, Record
from chassis.operating.audit import Operator, note

_COLUMNS: Final = """
id, consumer_group, topic, partition, "offset", key, sequence, headers::text, payload,
reason, detail, died_at, closed_at, closed_as, closed_by, closed_because
"""
# Nothing but our own column names is put into the text.
_LIST: Final = f"""
SELECT {_COLUMNS} FROM dead_letters
WHERE closed_at IS NULL AND ($1::text IS NULL OR consumer_group = $1)
  AND ($2::text IS NULL OR reason = $2)
ORDER BY id LIMIT $3
"""  # noqa: S608
_SHOW: Final = f"SELECT {_COLUMNS} FROM dead_letters WHERE id = $1"  # noqa: S608
_CLOSE: Final = """
UPDATE dead_letters
SET closed_at = now(), closed_as = $2, closed_by = $3, closed_because = $4 WHERE id = $1
"""
COUNTS: Final = """
SELECT consumer_group, 'dead' AS kind, count(*) AS number
FROM dead_letters WHERE closed_at IS NULL GROUP BY consumer_group
UNION ALL
SELECT consumer_group, 'parked', count(*) FROM parked_events GROUP BY consumer_group
"""


class DeadLetterClosed(Refusal):
    title = "The dead letter was redriven or discarded before"


class StillUnreadable(Refusal):
    title = "The record can't be read by this version either"


class StillFailing(Refusal):
    title = "The handler fails on it as before"


class GroupGone(Refusal):
    title = "The service has no such consumer group any more"


class EarlierEventMissing(Refusal):
    title = "An earlier event of the same key has not arrived or is a dead letter itself"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. reason: `invalid` (unreadable) or `failed` (its handler raised)."""

    id: int
    group: str
    record: Record
    sequence: int | None
    reason: str
    detail: str
    died_at: datetime
    closed_as: str | None
    closed_by: str | None
    closed_because: str | None


class DeadLetters:
    """The dead letters of one service's consumers."""

    def __init__(self, service: str, consumers: Sequence[Consumer], database: Database) -> None:
        self._database = database
        self._service = service
        self._consumers: Mapping[str, Consumer] = {each.group: each for each in consumers}

    async def open(
        self, group: str | None = None, reason: str | None = None, limit: int | None = 100
    ) -> list[DeadLetter]:
        """The open ones, oldest first. limit: None for all of them."""
        async with self._database.session() as session:
            rows = await (await driver(session)).fetch(_LIST, group, reason, limit)
        return [_letter(row) for row in rows]

    async def show(self, letter_id: int) -> DeadLetter:
        """One, open or closed; raises NotFound."""
        async with self._database.session() as session:
            return await _load(await driver(session), letter_id)

    async def redrive(self, letter_id: int, by: str, because: str) -> int:
        """Apply it now, then the events of its key that waited behind it, in order.

        Returns how many of those were applied. A letter that was redriven before is not applied
        again; only what still waits behind it is. Raises StillUnreadable, EarlierEventMissing,
        StillFailing or DeadLetterClosed (it was discarded); then nothing has changed.
        """
        return await self._close(letter_id, "redriven", by, because)

    async def discard(self, letter_id: int, by: str, because: str) -> int:
        """Give it up for good and let its key go on without it; as redrive() for the rest."""
        return await self._close(letter_id, "discarded", by, because)

    async def _close(self, letter_id: int, verdict: str, by: str, because: str) -> int:
        operator = Operator(by, because)
        async with self._database.session() as session:
            connection = await driver(session)
            letter = await _load(connection, letter_id, lock=True)
            consumer = self._consumers.get(letter.group)
            if consumer is None:
                raise GroupGone(letter.group, group=letter.group)
            if letter.closed_as not in (None, verdict):
                raise DeadLetterClosed(f"it was {letter.closed_as}", closed_as=letter.closed_as)
            one = understand(consumer, letter.record)
            if letter.closed_as is None:
                await self._decide(session, letter, one, verdict)
                await connection.execute(_CLOSE, letter_id, verdict, by, because)
                await _note(connection, operator, letter, one, verdict)
        attempt = Attempt(self._service, consumer, PostgresStore(self._database))
        key = one.envelope.subject if one.envelope else ""
        return await attempt.drain(letter.record.place, key)

    async def _decide(
        self, session: AsyncSession, letter: DeadLetter, one: Received, verdict: str
    ) -> None:
        ledger = Ledger(letter.group, await driver(session))
        await ledger.lock(letter.record.place)
        redrive = verdict == "redriven"
        fresh = await _pass(ledger, letter.record.place, one, redrive=redrive)
        if not (fresh and redrive and one.handled):
            return
        try:
            await self._consumers[letter.group].apply(self._service, session, [one])
        except Exception as error:
            if is_passing(error):
                raise
            raise StillFailing(f"{type(error).__name__}: {error}"[:2000]) from error


async def _note(
    connection: Driver, operator: Operator, letter: DeadLetter, one: Received, verdict: str
) -> None:
    topic, partition = letter.record.place
    at = {"topic": topic, "partition": partition, "offset": letter.record.offset}
    key = one.envelope.subject if one.envelope else None
    command = "dlq redrive" if verdict == "redriven" else "dlq discard"
    about = {"letter": letter.id, "key": key, "sequence": letter.sequence, **at}
    await note(connection, operator, command, letter.group, **about)


async def _pass(ledger: Ledger, place: Place, one: Received, *, redrive: bool) -> bool:
    """Move the key past the record; False when it is past it already, or names no key."""
    if redrive and one.problem is not None:
        raise StillUnreadable(one.problem)
    if one.envelope is None:
        return False
    name, sequence = one.envelope.subject, one.envelope.sequence
    key = (await ledger.keys(place[0], [name])).get(name, Key())
    if sequence <= key.sequence:
        return False
    if sequence > key.sequence + 1:
        raise EarlierEventMissing(f"{name} is at {key.sequence}", sequence=key.sequence)
    waiting = await ledger.has_parked(place[0], name)
    await ledger.remember(place[0], {name: Key(sequence, Blocked.GAP if waiting else None)})
    return True


async def _load(connection: Any, letter_id: int, *, lock: bool = False) -> DeadLetter:
    row = await connection.fetchrow(_SHOW + (" FOR UPDATE" if lock else ""), letter_id)
    if row is None:
        raise NotFound("no such dead letter", field="id")
    return _letter(row)


def _letter(row: Any) -> DeadLetter:
    record = Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["died_at"].timestamp() * 1000,
        row["key"],
        headers_from(row["headers"]),
        row["payload"],
    )
    return DeadLetter(
        row["id"],
        row["consumer_group"],
        record,
        row["sequence"],
        row["reason"],
        row["detail"],
        row["died_at"],
        row["closed_as"],
        row["closed_by"],
        row["closed_because"],
    )
