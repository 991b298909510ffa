"""The outbox in memory: transactions that draw tickets and end when they like, and its sessions."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.queue import Queue, Rows

from .events import KEYS, Committed, row
from .world import ACTOR, Actor, World

SHARDS: Final = 3


def _lost() -> Exception:
    return ConnectionResetError("the database's connection")


@dataclass(eq=False, slots=True)
class Writing:
    """An open transaction: its id is older than its tickets, and its key is locked by it."""

    xid: int
    key: str
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)


class Outbox:
    """Tickets and transaction ids are drawn from counters; a row is there once it is committed."""

    def __init__(self, world: World, committed: Committed) -> None:
        self.world = world
        self.committed = committed
        self.rows: dict[int, dict[str, Any]] = {}
        self.writing: dict[str, Writing] = {}
        self.sessions: list[Session] = []
        self.owners: dict[int, Session] = {}
        self._ticket = 0
        self._xid = 100
        self._number = 0

    def write(self, key: str, payload: bytes) -> None:
        """Record one more event of a key in its open transaction, or begin one."""
        if key not in self.writing:
            self.writing[key] = Writing(self.draw_xid(), key)
        writing = self.writing[key]
        self._ticket += 1
        self._number += 1
        sequence = len(self.committed.of(key)) + len(writing.rows) + 1
        writing.rows[self._ticket] = row(key, sequence, self._number, payload)
        self.world.note("writer", f"{key}{sequence} draws ticket {self._ticket}: {payload!r}")

    def commit(self, key: str) -> None:
        writing = self.writing.pop(key)
        for ticket, one in writing.rows.items():
            self.committed.add(one)
            self.rows[ticket] = one | {"ticket": ticket}
        self.world.note("writer", f"{key} commits tickets {list(writing.rows)}")

    def roll_back(self, key: str) -> None:
        self.world.note("writer", f"{key} rolls back tickets {list(self.writing[key].rows)}")
        del self.writing[key]

    def draw_xid(self) -> int:
        self._xid += 1
        return self._xid

    def horizon(self) -> tuple[int, int]:
        return self._ticket, min((w.xid for w in self.writing.values()), default=self._xid + 1)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Queue]:
        actor = ACTOR.get()
        try:
            session = await self.world.call("connect", self._connect(actor), errors=[_lost])
        except OSError:
            self.end_all(actor)
            raise
        try:
            yield session
        finally:
            if actor.alive and not self.world.over:
                self.end(session)

    def _connect(self, actor: Actor) -> Any:
        def connect() -> Session:
            session = Session(self, actor)
            if actor.alive:
                self.sessions.append(session)
            return session

        return connect

    def end(self, session: "Session") -> None:
        """A session's locks end with it, however it ends."""
        if session in self.sessions:
            self.sessions.remove(session)
        self.owners = {shard: owner for shard, owner in self.owners.items() if owner != session}

    def end_all(self, actor: Actor) -> None:
        for session in [each for each in self.sessions if each.actor is actor]:
            self.end(session)


class Session:
    def __init__(self, outbox: Outbox, actor: Actor) -> None:
        self._outbox = outbox
        self.actor = actor

    async def _ask(self, name: str, effect: Any) -> Any:
        def checked() -> Any:
            if self not in self._outbox.sessions:
                raise _lost()
            return effect()

        return await self._outbox.world.call(name, checked, errors=[_lost])

    def __repr__(self) -> str:
        return "session"

    async def relays(self) -> int:
        return int(await self._ask("count relays", lambda: len(self._outbox.sessions)))

    async def paused(self) -> bool:
        return False

    async def take(self, shard: int) -> bool:
        owners = self._outbox.owners
        return bool(
            await self._ask(f"take {shard}", lambda: owners.setdefault(shard, self) is self)
        )

    async def give_up(self, shard: int) -> None:
        await self._ask(f"give up {shard}", lambda: self._outbox.owners.pop(shard, None))

    async def horizon(self) -> tuple[int, int]:
        last, oldest = await self._ask("horizon", self._outbox.horizon)
        return last, oldest

    async def transaction(self) -> int:
        return int(await self._ask("transaction", self._outbox.draw_xid))

    async def read(
        self, after: int, shards: Iterable[int], held: Iterable[int], limit: int
    ) -> Rows:
        wanted, kept = set(shards), set(held)

        def found() -> Rows:
            return [
                _Row(one)
                for ticket, one in sorted(self._outbox.rows.items())
                if ticket > after and shard_of(one["aggregateid"]) in wanted and ticket not in kept
            ][:limit]

        rows: Rows = await self._ask(f"read after {after} without {sorted(kept)}", found)
        return rows

    async def remove(self, tickets: Sequence[int]) -> None:
        def gone() -> None:
            for ticket in tickets:
                self._outbox.rows.pop(ticket, None)

        await self._ask(f"remove {list(tickets)}", gone)


class _Row(dict[str, Any]):
    def __repr__(self) -> str:
        return f"{self['aggregateid']}{self['sequence']}#{self['ticket']}"


def shard_of(key: str) -> int:
    return KEYS.index(key) % SHARDS
