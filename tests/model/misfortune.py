"""What can happen between two steps, and how all of it is healed."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

from chassis.outbox import Leaving

from .events import FINE, KEYS, KINDS, PARTITIONS, TOPIC
from .world import Actor, Call

if TYPE_CHECKING:
    from .run import Run

T = TypeVar("T")
Move = Callable[["Run"], None]

_SECONDS: Final = (0.1, 0.7, 6.0)
_AT_MOST: Final = 2


def drawn(run: "Run") -> list[Move]:
    """The kinds of misfortune that this run has; fewer kinds let each have more effect."""
    relays = chain(_RELAYS) if run.shape.relays else chain(_FEED)
    members = _MEMBERS if run.shape.members else ()
    chosen = [kind for kind in chain(_ANY, relays, members) if run.draw(0, 2)]
    return [write, write, write, end_writing, *chosen]


def heal(run: "Run") -> None:
    """Everybody is awake and connected again, every transaction has ended."""
    run.world.note("world", "heals")
    run.bus.up = True
    run.bus.refused.clear()
    for actor in run.actors:
        actor.asleep = False
    for call in run.world.calls:
        call.until = 0.0
    for key in list(run.outbox.writing):
        run.outbox.commit(key)
    if run.shape.relays and not run.relays:
        run.new_relay()
    if run.shape.members and not run.group.members:
        run.new_member()
    if not run.shape.relays:
        for key in KEYS:
            while _missing(run, key):
                _feed(run, key, _missing(run, key)[0])


def write(run: "Run") -> None:
    key = _one_of(run, KEYS)
    for _ in range(run.draw(1, 3)):
        run.outbox.write(key, _one_of(run, KINDS) if poison in run.moves else FINE)
    if slow_transactions not in run.moves or run.draw(0, 2):
        run.outbox.commit(key)


def end_writing(run: "Run") -> None:
    if run.outbox.writing:
        key = _one_of(run, sorted(run.outbox.writing))
        if run.draw(0, 3) == 3:
            run.outbox.roll_back(key)
        else:
            run.outbox.commit(key)


def slow_transactions(run: "Run") -> None:
    run.outbox.write(_one_of(run, KEYS), FINE)


def poison(run: "Run") -> None:
    write(run)


def points(run: "Run") -> None:
    fail(run)


def delay(run: "Run") -> None:
    if call := _call(run):
        run.world.hold(call, _one_of(run, _SECONDS))


def late_answer(run: "Run") -> None:
    if call := _call(run):
        call.perform()
        run.world.hold(call, _one_of(run, _SECONDS))


def fail(run: "Run") -> None:
    """The request does not arrive, or is refused."""
    if call := _call(run, lambda each: bool(each.errors) and not each.done):
        run.world.excuses += not call.wire
        run.world.fail(call, _one_of(run, call.errors)())


def lose_answer(run: "Run") -> None:
    """The request arrives, the sender does not learn of it."""
    if call := _call(run, lambda each: bool(each.errors)):
        call.perform()
        run.world.excuses += 1
        run.world.fail(call, call.errors[0]())


def kill(run: "Run") -> None:
    if run.actors:
        _end(run, _one_of(run, run.actors))


def _end(run: "Run", actor: Actor) -> None:
    run.world.excuses += 1
    for call in run.world.kill(actor):
        fate = run.draw(0, 2)
        if call.wire and fate == 2:
            run.world.calls.append(call)
        elif fate and call.possible():
            call.perform()
    run.outbox.end_all(actor)
    run.store.end_all(actor)
    run.relays.pop(actor, None)
    for member in [each for each in run.group.members if each.actor is actor]:
        run.group.leave(member)


def sleep(run: "Run") -> None:
    if run.actors:
        actor = _one_of(run, run.actors)
        seconds = _one_of(run, _SECONDS)
        run.world.note(actor.name, f"sleeps for {seconds} s")
        actor.asleep = True
        run.world.loop.call_later(seconds, setattr, actor, "asleep", False)


def end_sessions(run: "Run") -> None:
    if run.actors:
        actor = _one_of(run, run.actors)
        run.world.note(actor.name, "loses its sessions")
        run.world.excuses += 1
        run.outbox.end_all(actor)
        run.store.end_all(actor)


def succeed(run: "Run") -> None:
    """SIGSTOP until the session is dead and a successor has begun, then SIGCONT."""
    if run.relays:
        actor = _one_of(run, list(run.relays))
        actor.asleep = True
        run.world.note(actor.name, "sleeps and is succeeded")
        run.world.excuses += 1
        run.outbox.end_all(actor)
        run.world.loop.call_later(_one_of(run, _SECONDS), setattr, actor, "asleep", False)
        another_relay(run)


def broker_away(run: "Run") -> None:
    run.world.note("broker", "is away")
    run.bus.up = False
    run.world.loop.call_later(_one_of(run, _SECONDS), setattr, run.bus, "up", True)


def refuse(run: "Run") -> None:
    """For a while the broker takes no records of a key."""
    key = _one_of(run, KEYS)
    run.world.note("broker", f"refuses {key}")
    run.bus.refused.add(key.encode())
    run.world.loop.call_later(_one_of(run, _SECONDS), run.bus.refused.discard, key.encode())


def another_relay(run: "Run") -> None:
    if len(run.relays) < _AT_MOST:
        run.new_relay()


def stop_relay(run: "Run") -> None:
    if run.relays:
        _one_of(run, list(run.relays.values())).stop()


def another_member(run: "Run") -> None:
    if len(run.group.members) < _AT_MOST:
        run.new_member()


def rebalance(run: "Run") -> None:
    run.group.rebalance(run.draw(0, 1))


def replay(run: "Run") -> None:
    """An operator puts a checkpoint back; like any update it waits for the row's lock."""
    place = _one_of(run, sorted(run.bus.records))
    at = run.store.rows.get(("next", place))
    if at and place not in run.store.locks:
        run.store.rows["next", place] = run.draw(0, at)
        run.world.note("operator", f"seeks {place[1]} to {run.store.rows['next', place]}")


def arrive(run: "Run") -> None:
    """The next event of a key reaches the bus."""
    key = _one_of(run, KEYS)
    if missing := _missing(run, key):
        _feed(run, key, missing[0])


def arrive_early(run: "Run") -> None:
    """An event reaches the bus before those that it should follow."""
    key = _one_of(run, KEYS)
    if missing := _missing(run, key):
        _feed(run, key, _one_of(run, missing))


def arrive_again(run: "Run") -> None:
    key = _one_of(run, KEYS)
    if there := [n for n, fed in enumerate(run.fed.get(key, [])) if fed]:
        _feed(run, key, _one_of(run, there))


def _missing(run: "Run", key: str) -> list[int]:
    fed = run.fed.get(key, [])
    return [n for n in range(len(run.committed.of(key))) if n >= len(fed) or not fed[n]]


def _feed(run: "Run", key: str, number: int) -> None:
    fed = run.fed.setdefault(key, [])
    fed += [False] * (number + 1 - len(fed))
    fed[number] = True
    event = Leaving("portfolio", run.committed.of(key)[number])
    place = (TOPIC, KEYS.index(key) % PARTITIONS)
    run.bus.append(place, [(event.subject.encode(), event.headers(), event.data)])
    run.world.note("bus", f"{key}{number + 1} arrives in {place[1]}")


def _call(run: "Run", wanted: Callable[[Call], bool] = lambda _: True) -> Call | None:
    offered = [call for call in run.world.offered() if wanted(call)]
    return _one_of(run, offered) if offered else None


def _one_of(run: "Run", choices: Sequence[T]) -> T:
    return choices[run.draw(0, len(choices) - 1)]


_ANY: Final = (
    delay,
    late_answer,
    fail,
    lose_answer,
    kill,
    sleep,
    end_sessions,
    broker_away,
    points,
    slow_transactions,
    poison,
)
_RELAYS: Final = (another_relay, stop_relay, succeed, refuse, refuse)
_FEED: Final = (arrive, arrive, arrive, arrive, arrive_early, arrive_again)
_MEMBERS: Final = (another_member, rebalance, replay)
POINTS: Final = points
