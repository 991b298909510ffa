"""Bringing a service's database to the state its code expects, and saying whether it is there."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_OWN: Final = _SCRIPTS / "versions"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7236720)")
_VERSIONS: Final = text("SELECT version_num FROM alembic_version")

MONTHS_AHEAD: Final = 2
_PARTITION: Final = """
SELECT format(
    'CREATE TABLE IF NOT EXISTS event_log_%s PARTITION OF event_log FOR VALUES FROM (%L) TO (%L)',
    to_char(month, 'YYYY_MM'), month, month + interval '1 month')
FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AS this) AS present,
     generate_series(this, this + make_interval(months => :ahead), interval '1 month') AS month
"""


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{_OWN}\n{migrations}")
    return config


async def migrate(engine: AsyncEngine, migrations: Path) -> None:
    """Upgrade the chassis's tables and the service's own; safe to run twice and side by side."""

    def upgrade(connection: Connection) -> None:
        connection.execute(_LOCK)
        config = _config(migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        partitions(connection)

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)


def partitions(connection: Connection) -> None:
    """Make the event log's partitions for this month and the next, ahead of their first row."""
    for statement in connection.scalars(text(_PARTITION), {"ahead": MONTHS_AHEAD}).all():
        connection.execute(text(statement))


async def is_current(engine: AsyncEngine, migrations: Path) -> bool:
    """Whether every migration that this code brings has run."""
    async with engine.connect() as connection:
        return _heads(migrations) <= set(await connection.scalars(_VERSIONS))


@cache
def _heads(migrations: Path) -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(_config(migrations)).get_heads())
