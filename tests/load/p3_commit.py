"""P3: domain row and outbox row against the domain row alone; C: others' outboxes do the same."""

from typing import Final

from .measure import HIGHER, About, Findings, Goal, Sample, Side, take_turns
from .peers import faststream_relay, txoutbox_relay
from .stage import Stage
from .team import Team

SECONDS: Final = 3.0
_TRANSACTION: Final = "asyncpg: begin with the force, INSERT, commit"
_STATEMENT: Final = "asyncpg: INSERT, committed by itself"
_FASTSTREAM: Final = "faststream-outbox commits: session, INSERT, publish"
_TXOUTBOX: Final = "txoutbox commits: asyncpg, INSERT, insert"
_WHAT: Final = "commits with an event"


async def measure(stage: Stage) -> Findings:
    """Commits per second of eight sessions."""
    url = await stage.database("commit")
    await faststream_relay.fill(url, 0)
    await txoutbox_relay.fill(url, 0)
    names = {
        "floor": "transaction",
        "statement": "statement",
        "ours": "commit",
        "faststream": "faststream_commit",
        "txoutbox": "txoutbox_commit",
    }
    turns = await take_turns(
        stage.rounds, **{name: _committing(stage, url, side) for name, side in names.items()}
    )
    goal = Goal(HIGHER, 0.75)
    return Findings(
        [
            turns.row(About("P3", _WHAT, "/s", _TRANSACTION, goal), "rate"),
            turns.row(About("P3", _WHAT, "/s", _STATEMENT), "rate", "statement"),
            turns.row(
                About("C1", "faststream-outbox commits", "/s", _FASTSTREAM), "rate", "faststream"
            ),
            turns.row(About("C2", "txoutbox commits", "/s", _TXOUTBOX), "rate", "txoutbox"),
        ],
        [
            turns.cost("P3", "floor, in a transaction", "floor"),
            turns.cost("P3", "floor, committed by itself", "statement"),
            turns.cost("P3", "ours", "ours"),
            turns.cost("C1", "faststream-outbox commit", "faststream"),
            turns.cost("C2", "txoutbox commit", "txoutbox"),
        ],
    )


def _committing(stage: Stage, url: str, side: str) -> Side:
    given = {"url": url, "seconds": max(0.3, SECONDS * stage.scale)}

    async def measured() -> Sample:
        return (await Team(stage, side, given).work()).sample

    return measured
