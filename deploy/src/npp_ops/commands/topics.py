"""npp topics."""

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from npp_ops import topics as cluster
from npp_ops.progress import ERRORS, OUTPUT, step
from npp_ops.stack import Stack


def register(app: typer.Typer) -> None:
    app.command()(topics)


def topics(
    create: Annotated[bool, typer.Option("--create", help="create what is missing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print data for programs")] = False,
) -> None:
    """List the topics beside the catalogue; exit status 1 where they differ."""
    stack = Stack.here()
    if not stack.state.ports:
        ERRORS.print("This stack has never been up: npp up")
        raise typer.Exit(1)
    servers = stack.bootstrap_servers
    if create:
        with step("Topics"):
            asyncio.run(cluster.create_all(servers))
    rows = compare(asyncio.run(cluster.describe(servers)))
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        table = Table("topic", "owner", "key", "partitions", "replicas", "verdict", box=None)
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        OUTPUT.print(table)
    raise typer.Exit(0 if all(row["verdict"] in ("ok", "extra") for row in rows) else 1)


def compare(found: list[cluster.TopicState]) -> list[dict[str, str | int]]:
    """A row per topic of the catalogue or the cluster, with what is wrong with it."""
    wanted, states = cluster.wanted(), {state.name: state for state in found}
    rows: list[dict[str, str | int]] = []
    for name in sorted(wanted.keys() | states.keys()):
        topic, state = wanted.get(name), states.get(name)
        rows.append(
            {
                "topic": name,
                "owner": topic.owner if topic else "",
                "key": topic.key if topic else "",
                "partitions": state.partitions if state else 0,
                "replicas": state.replicas if state else 0,
                "verdict": _verdict(topic.partitions if topic else None, state),
            }
        )
    return rows


def _verdict(wanted: int | None, state: cluster.TopicState | None) -> str:
    if state is None:
        return "missing"
    if wanted is None:
        return "extra"
    if state.partitions != wanted:
        return f"{wanted} partitions wanted"
    return "without leader" if state.leaderless else "ok"
