"""F6: brokers die, all restart, too few copies are left, leaders move; under steady load."""

from functools import partial

from aiokafka.errors import KafkaError

from npp_contracts.catalogue import TOPICS
from tests.chaos.arena import BROKERS, Arena
from tests.chaos.brokers import Brokers
from tests.chaos.invariants import BATCH
from tests.chaos.outages import outage
from tests.chaos.row import Case, Row, Told

_WAITING = "SELECT count(*) FROM outbox"
_LEFT = "SELECT (SELECT count(*) FROM event_log) - (SELECT count(*) FROM outbox)"


async def one(arena: Arena) -> Told:
    """Two of three copies are enough: everything flows while the broker is away."""
    brokers = arena.servers.brokers
    led = list((await brokers.leaders(TOPICS)).values()).count(1)
    await brokers.kill(1)
    try:
        await arena.answered(100)
        flows = await arena.well()
    finally:
        await brokers.start(1)
    await brokers.all_there()
    await arena.answered(100)
    return Told(
        f"broker 1 of 3 killed (kill -9), which led {led} partitions; started again after the"
        " events flowed without it",
        {"flows again after": round(flows, 1)},
    )


async def every(arena: Arena) -> Told:
    """Nobody takes an event: they wait in the outbox, and commands are answered all the same."""
    brokers = arena.servers.brokers
    # While the last of them takes its leave it still answers who asks, for half a minute.
    await brokers.stop_all()
    async with outage(arena) as seen:
        await arena.answered(100)
        waiting = await _sum(arena, _WAITING)
        await brokers.start_all()
        await brokers.all_there()
    healed = await arena.ready()
    return Told(
        "all 3 brokers stopped (SIGTERM); 100 commands answered meanwhile; started again",
        seen.figures | {"waiting in the outbox": waiting, "ready after": round(healed, 1)},
        outages=seen.outages,
        violations=[] if waiting else ["nothing waited in the outbox: the fault did not hit"],
    )


async def told_to_end(arena: Arena) -> Told:
    """What a process has on its way cannot arrive: it ends all the same, and in time."""
    brokers = arena.servers.brokers
    await brokers.stop_all()
    await arena.answered(20)
    # It raises if one takes too long. None is ready before there are brokers again.
    ended = [await arena.crew.replace(member) for member in list(arena.crew.members.values())]
    await brokers.start_all()
    await brokers.all_there()
    healed = await arena.ready()
    await arena.answered(100)
    slowest = max(seconds for _, seconds in ended)
    return Told(
        "all 3 brokers stopped, then each process ended by SIGTERM and started again, then the"
        " brokers started",
        {"slowest end s": round(slowest, 1), "ready after": round(healed, 1)},
        # What Kafka had written unacknowledged when it stopped, a new producer writes again.
        duplicates=len(ended) * BATCH,
    )


async def too_few(arena: Arena) -> Told:
    """Two brokers live, and the topics want three copies of each record: no event leaves."""
    brokers = arena.servers.brokers
    async with brokers.copies_required(TOPICS, 3):
        await brokers.kill(2)
        # What had its three copies before may be acknowledged until here.
        await arena.until(partial(_led_by_others, brokers, 2), 60, "other leaders")
        before = await _sum(arena, _LEFT)
        await arena.answered(200)
        left, waiting = await _sum(arena, _LEFT) - before, await _sum(arena, _WAITING)
        await brokers.start(2)
        await brokers.all_there()
    return Told(
        "min.insync.replicas of the topics set to 3 and broker 2 killed: nothing is acknowledged;"
        " started again after 200 commands",
        {"waiting in the outbox": waiting},
        violations=[f"{left} events left the outbox with two copies"] if left else [],
    )


async def moved(arena: Arena, times: int = 2) -> Told:
    """Every partition gets another leader while records are on their way."""
    brokers, changed = arena.servers.brokers, 0
    for _ in range(times):
        before = await brokers.leaders(TOPICS)
        after = await brokers.move_leaders(TOPICS)
        changed += sum(after[place] != leader for place, leader in before.items())
        await arena.answered(100)
    wanted = times * sum(topic.partitions for topic in TOPICS.values())
    return Told(
        f"leaders of all partitions moved {times} times",
        {"leaders moved": changed},
        violations=[] if changed == wanted else [f"{changed} leaders moved, not {wanted}"],
    )


async def _led_by_others(brokers: Brokers, killed: int) -> bool:
    try:
        found = await brokers.leaders(TOPICS)
    except KafkaError:  # it was the one to be asked
        return False
    return {-1, killed}.isdisjoint(found.values())


async def _sum(arena: Arena, count: str) -> int:
    return sum([(await arena.sql(name, count))[0][0] for name in arena.services])


ROW = Row(
    "F6",
    "one broker, then all brokers restarted; not enough replicas; leader moved",
    "steady load",
    "acknowledgement by all copies in sync and the producer's sequence numbers: records that a"
    " broker took with it are lost, those sent again are there twice (I1, I4)",
    [
        Case("one broker killed", one),
        Case("all brokers restarted", every),
        Case("processes told to end without brokers", told_to_end, quick=False),
        Case("not enough replicas", too_few, quick=False),
        Case("leaders moved", moved, quick=False),
    ],
    setup=BROKERS,
)
