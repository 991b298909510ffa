"""npp outbox: what a service still has to publish, and whether the topics hold what it has."""

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from chassis.database import Database
from chassis.errors import Invalid
from chassis.kafka import reading
from chassis.operating.audit import Operator
from chassis.operating.controls import OUTBOX
from chassis.operating.controls import pause as pausing
from chassis.operating.controls import resume as resuming
from chassis.operating.queueing import OutboxStatus
from chassis.operating.queueing import status as standing
from chassis.operating.reconciling import TopicReport
from chassis.operating.reconciling import reconcile as compare
from chassis.operating.republishing import MISSING, Choice, by_ids, by_key
from chassis.operating.republishing import republish as queue
from npp_contracts.catalogue import TOPICS
from npp_ops.operating import (
    AsJson,
    Because,
    By,
    OneService,
    Since,
    Until,
    ask,
    moment,
    operator,
    print_json,
)
from npp_ops.progress import OUTPUT, counting
from npp_ops.stack import Stack, services

_FIGURES = ("topic", "logged", "queued", "records", "missing", "unknown", "duplicates")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Outboxes: what services have to publish.")
    for command in (status, pause, resume, reconcile, republish):
        group.command()(command)
    app.add_typer(group, name="outbox")


def status(
    service: Annotated[str | None, typer.Argument(help="all services without it")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what waits to be published, since when, and whether relays run or are paused."""
    found = {name: ask(name, standing) for name in ([service] if service else services())}
    if as_json:
        print_json(found)
        return
    table = Table("service", "relays", "waiting", "oldest s", "paused", box=None)
    for name, one in found.items():
        table.add_row(name, *_standing(one))
    OUTPUT.print(table)


def _standing(one: OutboxStatus) -> tuple[str, ...]:
    events = sum(each.events for each in one.waiting)
    oldest = max((each.seconds for each in one.waiting), default=0.0)
    paused = one.paused
    why = f"by {paused.by} at {paused.at:%F %T}: {paused.because}" if paused else ""
    return str(one.relays), str(events), f"{oldest:.0f}", escape(why)


def pause(service: OneService, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Have the relays keep their events, within about a second; commands go on being accepted."""
    who = operator(by, because)
    changed = ask(service, lambda database: pausing(database, OUTBOX, OUTBOX, who))
    _tell_change(service, "paused", changed=changed, as_json=as_json)


def resume(service: OneService, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Have the relays publish again, in order, within about a second."""
    who = operator(by, because)
    changed = ask(service, lambda database: resuming(database, OUTBOX, OUTBOX, who))
    _tell_change(service, "resumed", changed=changed, as_json=as_json)


def _tell_change(service: str, what: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"service": service, "state": what, "changed": changed})
    else:
        OUTPUT.print(f"{service}'s outbox is {what}{'' if changed else ', as it was before'}.")


def reconcile(
    service: OneService, since: Since = None, until: Until = None, as_json: AsJson = False
) -> None:
    """Compare the event log with the topics by event id; exit status 1 where they differ."""
    reports, _ = _compare(service, since, until)
    if as_json:
        print_json(reports)
    else:
        _show(reports)
    raise typer.Exit(0 if all(report.well for report in reports) else 1)


def republish(
    service: OneService,
    *,
    because: Because,
    event: Annotated[list[UUID] | None, typer.Option("--id", help="an event; repeatable")] = None,
    key: Annotated[str | None, typer.Option(help="every event of a key")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="what reconcile misses")] = False,
    since: Since = None,
    until: Until = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Queue events again with their ids, in order per key; to consumers they are duplicates."""
    who = operator(by, because)
    if [bool(event), key is not None, missing].count(True) != 1:
        raise Invalid("one of --id, --key, --missing", rule="one-choice")
    if missing:
        _, queued = _compare(service, since, until, who)
    else:
        chosen = by_ids(event) if event else by_key(key or "")
        queued = ask(service, lambda database: _queue(database, chosen, who))
    if as_json:
        print_json({"service": service, "queued": queued})
    else:
        OUTPUT.print(f"{queued} events queued again.")


async def _queue(database: Database, chosen: Choice, who: Operator) -> int:
    async with database.outside() as connection:
        return await queue(connection, chosen, who)


def _compare(
    service: str, since: str | None, until: str | None, cure: Operator | None = None
) -> tuple[list[TopicReport], int]:
    begin, end = moment(since, "since"), moment(until, "until")
    topics = sorted(topic.name for topic in TOPICS.values() if topic.owner == service)
    servers = Stack.here().bootstrap_servers

    async def work(database: Database) -> tuple[list[TopicReport], int]:
        if not topics:
            return [], 0
        with counting("Records read") as more:
            async with reading(servers, topics) as reader, database.outside() as connection:
                reports = await compare(connection, reader, begin, end, more)
                lost = sum(report.missing for report in reports)
                queued = await queue(connection, MISSING, cure) if cure and lost else 0
        return reports, queued

    return ask(service, work)


def _show(reports: list[TopicReport]) -> None:
    table = Table(*_FIGURES, box=None)
    for report in reports:
        figures: list[Any] = [getattr(report, figure) for figure in _FIGURES]
        table.add_row(*map(str, figures))
    OUTPUT.print(table)
    for report in reports:
        for what, ids in (("missing", report.missing_ids), ("unknown", report.unknown_ids)):
            for one in ids:
                OUTPUT.print(f"{what} on {report.topic}: {one}", highlight=False)
