"""Courses of events that once broke a promise, each told step by step."""

from collections.abc import Callable, Iterator

from chassis.consumer.ledger import Ledger
from chassis.faults import Fault

from .events import FINE
from .misfortune import arrive
from .run import INBOUND, OUTBOUND, Run, Shape, simulate
from .store import Remembered
from .world import Call

Story = Callable[[Run], Iterator[None]]


def test_the_store_remembers_all_that_a_ledger_does() -> None:
    promised = {name for name in vars(Ledger) if not name.startswith("_")}
    assert promised <= vars(Remembered).keys()


def tell(story: Story, shape: Shape) -> Run:
    steps: list[Iterator[None]] = []

    def plot(run: Run) -> None:
        if not steps:
            steps.append(story(run))
        if next(steps[0], run) is run:
            run.calm_down()

    endless = Shape(shape.relays, shape.members, 10_000)
    return simulate(lambda low, _: low, endless, plot)


def reach(run: Run, name: str) -> Iterator[None]:
    while not any(call.name.startswith(name) for call in run.world.offered()):
        run.go_on()
        yield


def until(run: Run, time: float) -> Iterator[None]:
    while run.world.loop.time() < time:
        run.go_on()
        yield


def at(run: Run, name: str) -> Call:
    return next(call for call in run.world.offered() if call.name.startswith(name))


def commit(run: Run, key: str) -> None:
    run.outbox.write(key, FINE)
    run.outbox.commit(key)


def test_an_event_read_while_its_key_is_blocked_waits_although_the_answer_is_slow() -> None:
    def story(run: Run) -> Iterator[None]:
        run.bus.refused.add(b"a")
        commit(run, "a")
        yield from reach(run, "read after 0 without [1]")
        commit(run, "a")
        slow = at(run, "read after 0 without [1]")
        slow.perform()
        run.world.hold(slow, 0.5)
        run.bus.refused.clear()
        yield from until(run, run.world.loop.time() + 1)

    tell(story, OUTBOUND)


def test_a_refused_key_holds_back_no_other_and_ends_no_session() -> None:
    def story(run: Run) -> Iterator[None]:
        run.bus.refused.add(b"a")
        commit(run, "a")
        commit(run, "b")
        yield from until(run, run.world.loop.time() + 20)
        assert [row["aggregateid"] for row in run.outbox.rows.values()] == ["a"]

    trace = tell(story, OUTBOUND).world.trace
    assert [what for _, _, what in trace].count("connect -> session") == 1


def test_records_whose_batch_failed_before_its_transaction_are_read_again() -> None:
    def story(run: Run) -> Iterator[None]:
        commit(run, "a")
        arrive(run)
        yield from reach(run, "point consumer.after-poll")
        run.world.fail(at(run, "point consumer.after-poll"), Fault("consumer.after-poll"))

    assert tell(story, INBOUND).store.view("a") == (1,)


def test_a_partition_opens_although_its_assignment_was_disturbed() -> None:
    def story(run: Run) -> Iterator[None]:
        commit(run, "a")
        yield from reach(run, "point consumer.in-rebalance")
        run.world.fail(at(run, "point consumer.in-rebalance"), Fault("consumer.in-rebalance"))

    assert tell(story, INBOUND).store.view("a") == (1,)
