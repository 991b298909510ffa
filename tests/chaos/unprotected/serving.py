"""Protections at the servers' side, taken away: what a process does while they are gone."""

from typing import Any

from .taking import put


def tried_once() -> None:
    """Relay and partitions end with the first error, whatever it says."""
    from chassis.consumer.runner import Runner
    from chassis.relay import Relay

    async def run(self: Any) -> None:
        await self._session()

    def opening(self: Any, source: Any, place: Any, delay: float = 0.0) -> None:
        if not delay:
            open_soon(self, source, place)

    put(Relay, "run", run)
    open_soon = put(Runner, "_open_soon", opening)


def silence_without_limit() -> None:
    """Sessions wait for as long as TCP does, and statements for an answer without end."""
    import asyncpg

    from chassis import silence

    async def connect(*given: Any, **named: Any) -> Any:
        named.pop("command_timeout", None)
        return await connected(*given, **named)

    put(silence, "limit_silence", lambda _: None)
    silence.THEIRS.clear()
    connected = put(asyncpg, "connect", connect)


def commits_believed() -> None:
    """A write that failed is taken for one that did not."""
    from chassis.work import Started

    async def committing(self: Any, *kept: Any) -> None:
        try:
            await commit(self, *kept)
        except Exception:  # noqa: BLE001 - that is what is taken away
            await self.roll_back()

    commit = put(Started, "commit", committing)


def resets_unexpected() -> None:
    """The Kafka client sees what uvloop says of a transport that was reset."""
    from aiokafka import conn

    import chassis.kafka  # noqa: F401  its import puts the protection in

    conn.AIOKafkaConnection = conn.AIOKafkaConnection.__base__


def subjects_not_held() -> None:
    """A delivery that was refused holds back none of those behind it."""
    from reporting.domain import webhooks

    put(webhooks, "_keys", lambda waiting: [[each] for each in waiting])


def topics_noted_when_read() -> None:
    """How far a force's topic has come is noted as its feed is read, before anything is sent."""
    from reporting.feeds import stream

    put(
        stream,
        "_DUE",
        f"""
        WITH due AS MATERIALIZED ({stream._DUE}), noted AS (
            INSERT INTO feed_streams SELECT force_id, max(position) FROM due GROUP BY force_id
            ON CONFLICT (force_id) DO UPDATE SET position = excluded.position
        )
        SELECT * FROM due ORDER BY force_id, position
        """,
    )
