"""The world of one run: who is alive, which calls to the bus and the store wait for an answer."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .loop import Loop

T = TypeVar("T")


class Violation(AssertionError):
    """A promise of the chassis was broken; what happened before is in the message."""


@dataclass(eq=False, slots=True)
class Actor:
    """One process: a relay or a member of a consumer group."""

    name: str
    alive: bool = True
    asleep: bool = False
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


ACTOR: ContextVar[Actor] = ContextVar("ACTOR")


def _always() -> bool:
    return True


@dataclass(eq=False, slots=True)
class Call:
    """A request to the bus or the store, of which anything can become.

    effect: what it does there, all at once. possible: whether it can be done now, or must wait.
    errors: what its sender may be told instead of the truth. wire: it may arrive although its
    sender has died. answered by its future; done: the effect is there, the answer not yet.
    """

    actor: Actor
    name: str
    effect: Callable[[], Any]
    possible: Callable[[], bool]
    errors: Sequence[Callable[[], Exception]]
    wire: bool
    future: "asyncio.Future[Any]"
    until: float = 0.0
    done: bool = False
    answer: Any = None

    def perform(self) -> None:
        if not self.done:
            self.done = True
            try:
                self.answer = self.effect()
            except Exception as error:  # noqa: BLE001  it is the answer
                self.answer = error

    def reply(self) -> None:
        if self.future.done():
            return
        if isinstance(self.answer, Exception):
            self.future.set_exception(self.answer)
        else:
            self.future.set_result(self.answer)


class World:
    """Keeps the calls of all actors until somebody decides what becomes of them."""

    def __init__(self, idle: Callable[[float | None], None]) -> None:
        self.loop = Loop(idle)
        self.calls: list[Call] = []
        self.trace: list[tuple[float, str, str]] = []
        self.over = False
        # Who waits for ever must be referred to, or its tasks would be collected and go on.
        self._actors: list[Actor] = []
        self.loop.set_exception_handler(lambda _, context: self.note("loop", str(context)))
        # Faults after which a relay can't know what has arrived, so that it must send again.
        self.excuses = 0

    async def call(
        self,
        name: str,
        effect: Callable[[], T],
        *,
        errors: Sequence[Callable[[], Exception]] = (),
        possible: Callable[[], bool] = _always,
        wire: bool = False,
    ) -> T:
        """Ask the bus or the store for something; what comes back, and when, is open."""
        if self.over:
            raise asyncio.CancelledError
        call = Call(ACTOR.get(), name, effect, possible, errors, wire, self.loop.create_future())
        self.calls.append(call)
        answer: T = await call.future
        return answer

    def start(self, actor: Actor, work: Coroutine[Any, Any, Any]) -> None:
        self._actors.append(actor)
        token = ACTOR.set(actor)
        actor.tasks.append(self.loop.create_task(work))
        ACTOR.reset(token)

    def note(self, who: str, what: str) -> None:
        self.trace.append((self.loop.time(), who, what))

    def offered(self) -> Iterator[Call]:
        """Calls that may go on at this moment, the oldest first."""
        present = self.loop.time()
        self.calls = [call for call in self.calls if not call.future.cancelled()]
        for call in self.calls:
            awake = not call.actor.asleep and call.actor.alive
            if call.until <= present and (awake if call.done else call.possible()):
                yield call

    def proceed(self, timeout: float | None) -> bool:
        """Let the oldest call that can go on do so, else the time; False when nothing can."""
        call = next(self.offered(), None)
        if call is not None:
            self.finish(call)
        elif timeout is not None:
            self.loop.advance(timeout)
        return call is not None or timeout is not None

    def finish(self, call: Call) -> None:
        call.perform()
        if call.name != "poll":
            self.note(call.actor.name, f"{call.name} -> {call.answer!r}")
        if not call.actor.alive:
            self.calls.remove(call)
        elif not call.actor.asleep:
            self.calls.remove(call)
            call.reply()

    def hold(self, call: Call, seconds: float) -> None:
        """Let a call wait: its request if it isn't done, else its answer."""
        call.until = self.loop.time() + seconds
        self.loop.call_at(call.until, int)
        self.note(call.actor.name, f"{call.name} is held for {seconds} s, done: {call.done}")

    def fail(self, call: Call, error: Exception) -> None:
        """Tell the sender of an error; whether the effect took place is decided before."""
        self.note(call.actor.name, f"{call.name} fails with {error!r}, done: {call.done}")
        self.calls.remove(call)
        call.answer = error
        call.reply()

    def kill(self, actor: Actor) -> list[Call]:
        """End an actor where it stands; returns what it had asked for and was not done yet."""
        self.note(actor.name, "is killed")
        actor.alive = False
        asked = [c for c in self.calls if c.actor is actor and not c.done]
        self.calls = [c for c in self.calls if c.actor is not actor]
        return asked

    def close(self) -> None:
        """Cancel what is left; nothing of it reaches the bus or the store any more."""
        self.over = True
        for _ in range(100):
            tasks = asyncio.all_tasks(self.loop)
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
        self.loop.close()

    def story(self) -> str:
        """What happened, up to a little after the healing."""
        healed = next((n for n, (_, _, what) in enumerate(self.trace) if what == "heals"), 0)
        told = self.trace[: healed + 60]
        return "\n".join(f"{at:8.2f} {who:10} {what}" for at, who, what in told)
