"""An operator who deals with every dead letter: mends what failed, gives up what is unreadable."""

from typing import Any, cast

from chassis.consumer.attempt import Attempt
from chassis.consumer.received import understand
from chassis.deadletters import _pass

from .consumer import Applying
from .store import Store, Transaction


async def operate(consumer: Applying, store: Store) -> None:
    """As chassis.deadletters does it, with its decision about the key."""
    consumer.mended = True
    while letters := store.names("dead"):
        for letter in letters:
            await _close(consumer, store, letter)


async def _close(consumer: Applying, store: Store, letter: tuple[Any, ...]) -> None:
    record, _ = store.rows[letter]
    one = understand(consumer, record)
    redrive = one.problem is None
    async with store.begin(consumer.group) as (session, ledger):
        await ledger.lock(record.place)
        if await _pass(ledger, record.place, one, redrive=redrive) and redrive and one.handled:
            await consumer.apply("reporting", session, [one])
        transaction = cast(Transaction, session)
        transaction.put(None, *letter)
        transaction.put(True, "closed", *letter[1:])
    if one.envelope is not None:
        attempt = Attempt("reporting", consumer, store)
        await attempt.drain(record.place, one.envelope.subject)
