"""The consumers' database in memory: transactions with row locks that see what is committed."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.ledger import Ledger
from chassis.consumer.ordering import Key
from chassis.consumer.orders import Orders
from chassis.consumer.received import Received
from chassis.consumer.sheet import Span
from chassis.kafka import Place, Record

from .world import ACTOR, Actor, World

GROUP = "reporting.model"
T = TypeVar("T")


def _lost() -> Exception:
    return ConnectionResetError("the database's connection")


def _deadlock() -> Exception:
    return asyncpg.DeadlockDetectedError("somebody else was first")


class Transaction:
    """Writes over the committed rows, seen by this transaction alone until it commits."""

    def __init__(self, store: "Store", actor: Actor) -> None:
        self._store = store
        self.actor = actor
        self.open = True
        self._writes: dict[tuple[Any, ...], Any] = {}

    def __repr__(self) -> str:
        return "transaction"

    def get(self, *name: Any) -> Any:
        return self._writes.get(name, self._store.rows.get(name))

    def put(self, value: Any, *name: Any) -> None:
        """Write a row; None removes it."""
        self._writes[name] = value

    def names(self, table: str) -> list[tuple[Any, ...]]:
        every = self._store.rows | self._writes
        return sorted(
            name for name, value in every.items() if name[0] == table and value is not None
        )

    def is_free(self, place: Place) -> bool:
        return self._store.locks.get(place, self) is self or not self.open

    def lock(self, place: Place) -> None:
        self._store.locks[place] = self

    def commit(self) -> None:
        self._store.rows |= self._writes
        self.end()

    def end(self) -> None:
        self.open = False
        self._store.transactions.discard(self)
        self._store.locks = {p: t for p, t in self._store.locks.items() if t is not self}

    async def ask(self, name: str, effect: Callable[[], T], place: Place | None = None) -> T:
        def checked() -> T:
            if not self.open:
                raise _lost()
            if place is not None:
                self.lock(place)
            return effect()

        def possible() -> bool:
            return place is None or self.is_free(place)

        try:
            return await self._store.world.call(
                f"db {name}", checked, possible=possible, errors=[_lost, _deadlock]
            )
        except OSError:
            self.end()
            raise


class Store:
    """All that is committed, by table and key; who holds which lock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.locks: dict[Place, Transaction] = {}
        self.transactions: set[Transaction] = set()

    @asynccontextmanager
    async def begin(self, group: str) -> AsyncIterator[tuple[AsyncSession, Ledger]]:
        actor = ACTOR.get()
        transaction = await self.world.call("db begin", lambda: self._begin(actor), errors=[_lost])
        try:
            yield cast(AsyncSession, transaction), cast(Ledger, Remembered(transaction))
            await transaction.ask("commit", transaction.commit)
        finally:
            if actor.alive and not self.world.over:
                transaction.end()

    async def orders(self) -> Mapping[str, Orders]:
        """Of the one group there is; nobody pauses it."""

        def found() -> Mapping[str, Orders]:
            return {GROUP: Orders(False, {n[1]: self.rows[n] for n in self.names("next")})}

        return await self.world.call("db orders", found, errors=[_lost])

    def _begin(self, actor: Actor) -> Transaction:
        transaction = Transaction(self, actor)
        self.transactions.add(transaction)
        return transaction

    def end_all(self, actor: Actor) -> None:
        for transaction in [each for each in self.transactions if each.actor is actor]:
            transaction.end()

    def names(self, table: str) -> list[tuple[Any, ...]]:
        return sorted(
            name for name, value in self.rows.items() if name[0] == table and value is not None
        )

    def view(self, key: str) -> tuple[int, ...]:
        """The sequences of a key's events, as the consumer has applied them."""
        seen: tuple[int, ...] = self.rows.get(("view", key), ())
        return seen


class Remembered:
    """The ledger of the one group there is, with the promises of chassis.consumer.ledger."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction

    async def open(self, place: Place) -> int:
        return await self._tx.ask("open", lambda: self._tx.get("next", place) or 0, place)

    async def paused(self) -> bool:
        return False

    async def advance(self, place: Place, expected: int, following: int) -> bool:
        def advance() -> bool:
            if (self._tx.get("next", place) or 0) != expected:
                return False
            self._tx.put(following, "next", place)
            return True

        return await self._tx.ask(f"advance {place[1]} {expected}->{following}", advance, place)

    async def lock(self, place: Place) -> int | None:
        return await self._tx.ask("lock", lambda: self._tx.get("next", place), place)

    async def keys(self, topic: str, names: Sequence[str]) -> dict[str, Key]:
        def found() -> dict[str, Key]:
            known = {name: self._tx.get("key", name) for name in names}
            return {name: Key(*state) for name, state in known.items() if state}

        return await self._tx.ask("keys", found)

    async def follow(self, topic: str, spans: Mapping[str, Span]) -> bool:
        def follow() -> bool:
            for name, (first, last) in spans.items():
                state = Key(*self._tx.get("key", name) or (0, None))
                if state != Key(first - 1):
                    return False
                self._tx.put((last, None), "key", name)
            return True

        return await self._tx.ask("follow", follow)

    async def remember(self, topic: str, keys: Mapping[str, Key]) -> None:
        for name, key in keys.items():
            self._tx.put((key.sequence, key.blocked), "key", name)

    async def park(self, events: Sequence[Received]) -> None:
        for one in events:
            if one.envelope is not None:
                name = ("parked", one.envelope.subject, one.envelope.sequence)
                self._tx.put(self._tx.get(*name) or one.record, *name)

    async def bury(self, events: Sequence[Received], failure: str | None = None) -> None:
        for one in events:
            name = ("dead", one.record.place, one.record.offset)
            letter = (one.record, one.problem or failure or "")
            self._tx.put(self._tx.get(*name) or letter, *name)

    async def buried(self, place: Place, offsets: Sequence[int]) -> list[int]:
        def there() -> list[int]:
            kept = ("dead", "closed")
            return [n for n in offsets if any(self._tx.get(table, place, n) for table in kept)]

        return await self._tx.ask("buried", there)

    async def waiting(self, place: Place) -> list[str]:
        return await self._tx.ask("waiting", lambda: self._waiting(place))

    def _waiting(self, place: Place) -> list[str]:
        parked = [n for n in self._tx.names("parked") if self._tx.get(*n).place == place]
        return sorted({key for _, key, _ in parked})

    async def next_parked(self, place: Place, key: str, up_to: int) -> Record | None:
        def first() -> Record | None:
            due = [n for n in self._tx.names("parked") if n[1] == key and n[2] <= up_to]
            return cast(Record, self._tx.get(*due[0])) if due else None

        return await self._tx.ask(f"next parked {key} <= {up_to}", first)

    async def unpark(self, topic: str, key: str, sequence: int) -> None:
        self._tx.put(None, "parked", key, sequence)

    async def has_parked(self, topic: str, key: str) -> bool:
        return any(name[1] == key for name in self._tx.names("parked"))
