"""npp consumer: how far the groups are; pausing them, and moving their checkpoints."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, cast

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import text

from chassis.consumer import Consumer
from chassis.database import Database
from chassis.deadletters import COUNTS
from chassis.kafka import Place, Reader, reading
from chassis.operating.controls import CONSUMER, pauses
from chassis.operating.controls import pause as pausing
from chassis.operating.controls import resume as resuming
from chassis.operating.lagging import lag as lagging
from chassis.operating.seeking import Move, Target, destinations
from chassis.operating.seeking import seek as seeking
from npp_ops.operating import AsJson, Because, By, ask, moment, operator, owner_of, print_json
from npp_ops.operating import wiring as service_named
from npp_ops.progress import OUTPUT, step
from npp_ops.stack import Stack, services

Group = Annotated[str, typer.Argument(help="a consumer group, as `npp consumer lag` names it")]
_PLACE = ("group", "topic", "partition", "checkpoint", "end", "lag", "lag s", "")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Consumer groups: where they are.")
    for command in (lag, pause, resume, seek):
        group.command()(command)
    app.add_typer(group, name="consumer")


def lag(
    service: Annotated[str | None, typer.Argument(help="all services without it")] = None,
    as_json: AsJson = False,
) -> None:
    """Show each partition's checkpoint beside its topic's end, what waits, and who has paused."""
    found: list[dict[str, Any]] = []
    with step("Topics' ends"):
        for name in [service] if service else services():
            consumers = service_named(name).consumers
            if consumers:
                found += ask(name, _lags_of(consumers))
    if as_json:
        print_json(found)
    else:
        _show(found)


def _lags_of(
    consumers: Sequence[Consumer],
) -> Callable[[Database], Awaitable[list[dict[str, Any]]]]:
    topics = {topic for consumer in consumers for topic in consumer.topics}

    async def work(database: Database) -> list[dict[str, Any]]:
        async with database.connection() as connection:
            rows = (await connection.execute(text(COUNTS))).all()
        async with database.transaction() as within:
            paused = await pauses(within.connection)
        waiting = {(group, kind): number for group, kind, number in rows}
        async with reading(Stack.here().bootstrap_servers, topics) as reader:
            return [
                {
                    "group": each.group,
                    "paused": paused.get(each.group),
                    "dead_letters": waiting.get((each.group, "dead"), 0),
                    "parked": waiting.get((each.group, "parked"), 0),
                    "partitions": await lagging(database, each.group, set(each.topics), reader),
                }
                for each in consumers
            ]

    return work


def _show(groups: list[dict[str, Any]]) -> None:
    table = Table(*_PLACE, box=None)
    for group in groups:
        for one in group["partitions"]:
            checkpoint = "-" if one.next_offset is None else str(one.next_offset)
            figures = (checkpoint, str(one.end), str(one.records), f"{one.seconds:.0f}")
            word = "beyond the topic's end: seek" if one.ahead else ""
            table.add_row(group["group"], one.topic, str(one.partition), *figures, word)
    OUTPUT.print(table)
    for group in groups:
        if paused := group["paused"]:
            why = escape(f"by {paused.by} at {paused.at:%F %T}: {paused.because}")
            OUTPUT.print(f"{group['group']} is paused {why}", highlight=False)


def pause(group: Group, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Have every member keep its partitions and apply nothing, within about a second."""
    who, service = operator(by, because), _service_of(group)
    changed = ask(service, lambda database: pausing(database, CONSUMER, group, who))
    _tell_change(group, "paused", changed=changed, as_json=as_json)


def resume(group: Group, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Have the members go on from their checkpoints, also where a partition had stopped."""
    who, service = operator(by, because), _service_of(group)
    changed = ask(service, lambda database: resuming(database, CONSUMER, group, who))
    _tell_change(group, "resumed", changed=changed, as_json=as_json)


def _service_of(group: str) -> str:
    """Of a group, or of the generation beside it: `reporting.headline@7`."""
    return owner_of(group.partition("@")[0]).name


def _tell_change(group: str, what: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"group": group, "state": what, "changed": changed})
    else:
        OUTPUT.print(f"{group} is {what}{'' if changed else ', as it was before'}.")


def seek(
    group: Group,
    *,
    to: Annotated[str, typer.Option(help="earliest, latest, an offset, or a time (ISO 8601, UTC)")],
    because: Because,
    topic: Annotated[str | None, typer.Option(help="one topic only")] = None,
    partition: Annotated[int | None, typer.Option(help="one partition only")] = None,
    force_gap: Annotated[
        bool, typer.Option("--force-gap", help="also forward, over events never applied")
    ] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Move a group's checkpoints: back is harmless, forward parks what follows on the gap."""
    who, target, service = operator(by, because), _target(to), owner_of(group)
    consumer = next(each for each in service.consumers if each.group == group)

    async def work(database: Database) -> list[Move]:
        async with reading(Stack.here().bootstrap_servers, consumer.topics) as reader:
            places = _chosen(reader, consumer, topic, partition)
            offsets = await destinations(reader, places, target)
        return await seeking(database, group, offsets, who, force_gap=force_gap)

    with step("Checkpoints"):
        moves = ask(service.name, work)
    if as_json:
        print_json({"group": group, "moves": moves})
        return
    for move in moves:
        line = f"{move.topic} [{move.partition}]: {move.before} -> {move.after}"
        OUTPUT.print(line, markup=False, highlight=False)
    OUTPUT.print(f"{len(moves)} checkpoints of {group} moved.")


def _target(text: str) -> Target:
    if text in ("earliest", "latest"):
        return cast(Literal["earliest", "latest"], text)
    if text.isdecimal():
        return int(text)
    found = moment(text, "to")
    assert found is not None  # noqa: S101  only no text gives no time
    return found


def _chosen(
    reader: Reader, consumer: Consumer, topic: str | None, partition: int | None
) -> set[Place]:
    return {
        (name, number)
        for name, number in reader.places
        if name in consumer.topics and topic in (None, name) and partition in (None, number)
    }
