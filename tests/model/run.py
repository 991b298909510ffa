"""One run of the model: misfortune as drawn, then healing, then what must hold."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from chassis import faults, relay
from chassis.consumer.runner import Runner
from chassis.kafka import Publisher
from chassis.relay import Relay

from . import invariants, misfortune
from .bus import Bus, Producer
from .consumer import Applying, ApplyingAtOnce
from .events import Committed
from .group import Group, Member
from .operator import operate
from .outbox import SHARDS, Outbox
from .store import Store
from .world import Actor, Violation, World

# Small enough that a handful of events fills it: then the relay reads ahead.
_RELAY_BATCH: Final = 4
_HEALED_WITHIN: Final = 60.0
_STEPS: Final = 20_000  # for what goes round and round and takes no time

Draw = Callable[[int, int], int]
"""A number from the first to the second, both included; the smaller the more harmless."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What takes part: relays fill the bus or else the model does; members empty it."""

    relays: bool
    members: bool
    disturbances: int


OUTBOUND: Final = Shape(relays=True, members=False, disturbances=40)
INBOUND: Final = Shape(relays=False, members=True, disturbances=50)
WHOLE: Final = Shape(relays=True, members=True, disturbances=60)


class Run:
    """All parts of one run, and the order in which things happen."""

    def __init__(self, draw: Draw, shape: Shape) -> None:
        self.draw = draw
        self.shape = shape
        self.world = World(self._idle)
        self.committed = Committed()
        self.bus = Bus(self.world)
        self.outbox = Outbox(self.world, self.committed)
        self.store = Store(self.world)
        self.group = Group(self.bus)
        self.consumer = ApplyingAtOnce() if draw(0, 1) else Applying()
        self.operator = Actor("operator")
        self.relays: dict[Actor, Relay] = {}
        self.fed: dict[str, list[bool]] = {}
        self.surprises: list[str] = []
        self._left = shape.disturbances
        self._calm = 0
        self._deadline = 0.0
        self._timeout: float | None = None
        self._number = 0
        self._steps = 0
        self.moves = misfortune.drawn(self)

    def new_relay(self) -> None:
        actor = self._actor("relay")
        publisher = Publisher("", actor.name, lambda **_: cast(Any, Producer(self.bus)))
        self.relays[actor] = Relay("portfolio", self.outbox, publisher)
        self.world.start(actor, self._relaying(actor))

    async def _relaying(self, actor: Actor) -> None:
        await self.relays[actor].run()
        self.world.note(actor.name, "has stopped")
        self.relays.pop(actor, None)
        if not self.relays:
            self.new_relay()

    def new_member(self) -> None:
        actor = self._actor("member")
        runner = Runner("reporting", self.consumer, self.store)
        Member(self.group, actor, runner, self.store).start()
        self.group.rebalance(0)

    def _actor(self, role: str) -> Actor:
        self._number += 1
        return Actor(f"{role}-{self._number}")

    @property
    def actors(self) -> list[Actor]:
        return [*self.relays, *(member.actor for member in self.group.members)]

    def play(self) -> None:
        """From the first event to the last check; raises Violation."""
        try:
            if self.shape.relays:
                self.new_relay()
            if self.shape.members:
                self.new_member()
            self.world.loop.run_forever()
            self._judge(self.surprises + invariants.bus(self) + invariants.views(self))
            if self.shape.members:
                self.world.start(self.operator, operate(self.consumer, self.store))
                self._deadline = self.world.loop.time() + _HEALED_WITHIN
                self.world.loop.run_forever()
                self._judge(invariants.redriven(self))
        finally:
            self.world.close()

    def go_on(self) -> None:
        """Let the oldest call have its way, or else the time."""
        self.world.proceed(self._timeout)

    def calm_down(self) -> None:
        """No more misfortune: what is next is healing."""
        self._left = self._calm = 0

    def surprise(self) -> None:
        """Judge what is logged with its traceback: only what the model has raised is expected."""
        error = sys.exc_info()[1]
        if not isinstance(error, faults.Fault):
            self.surprises.append(f"unexpected: {error!r}")

    def _judge(self, broken: list[str]) -> None:
        if broken:
            raise Violation("\n".join([*broken, "", self.world.story()]))

    def _idle(self, timeout: float | None) -> None:
        self._timeout = timeout
        if self._calm > 0 and (self._left or not self._deadline):
            self._calm -= 1
            self.go_on()
        elif self._left:
            self._left -= 1
            self._calm = self.draw(0, 8)
            self.moves[self.draw(0, len(self.moves) - 1)](self)
        elif not self._deadline:
            misfortune.heal(self)
            self._deadline = self.world.loop.time() + _HEALED_WITHIN
        elif not (unquiet := invariants.unquiet(self)):
            self.world.loop.stop()
        elif self._tired() or not self.world.proceed(timeout):
            self._judge([f"not quiet {_HEALED_WITHIN} s after healing", *unquiet])

    def _tired(self) -> bool:
        self._steps += 1
        return self._steps > _STEPS or self.world.loop.time() > self._deadline


@contextmanager
def _changed(module: Any, **values: Any) -> Iterator[None]:
    before = {name: getattr(module, name) for name in values}
    for name, value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


@contextmanager
def _logging(surprise: Callable[[], None]) -> Iterator[None]:
    def processor(
        _: object, __: str, entry: structlog.types.EventDict
    ) -> structlog.types.EventDict:
        if entry.get("exc_info"):
            surprise()
        raise structlog.DropEvent

    # In place, as loggers in use keep the list.
    processors = structlog.get_config()["processors"]
    before = processors[:]
    processors[:] = [processor]
    try:
        yield
    finally:
        processors[:] = before


@dataclass(frozen=True, slots=True)
class _Point:
    """Makes a failpoint one more moment at which anything can happen."""

    world: World

    async def hit(self, name: str) -> None:
        await self.world.call(f"point {name}", int, errors=[lambda: faults.Fault(name)])


def simulate(draw: Draw, shape: Shape, plot: misfortune.Move | None = None) -> Run:
    """Play one run of a shape, drawing what happens; raises Violation.

    plot: what happens at each step instead of what would be drawn.
    """
    with ExitStack() as stack:
        stack.enter_context(_changed(relay, _BATCH=_RELAY_BATCH, SHARDS=SHARDS))
        run = Run(draw, shape)
        stack.enter_context(_logging(run.surprise))
        if plot is not None:
            run.moves = [plot]
        if plot or misfortune.POINTS in run.moves:
            points = {name: [_Point(run.world)] for name in faults.POINTS}
            stack.enter_context(_changed(faults, _armed=points))
        run.play()
    return run
