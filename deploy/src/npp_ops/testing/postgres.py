"""The PostgreSQL server that tests share: each asks for databases of its own."""

import re
import secrets
from dataclasses import dataclass, field

import asyncpg

from npp_ops.servers import databases
from npp_ops.waiting import finish


async def _version(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        version = await connection.fetchval("show server_version")
        return f"PostgreSQL {version}, fsync {await connection.fetchval('show fsync')}"
    finally:
        await connection.close()


@dataclass(slots=True)
class PostgresForTests:
    """A server by its administrator's URL."""

    admin_url: str
    _made: list[str] = field(default_factory=list)

    def about(self) -> str:
        return finish(_version(databases.plain(self.admin_url)))

    def database(self, name: str = "test") -> str:
        """The URL of a fresh, empty database, owned by a role that is bound by row security."""
        stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
        unique = f"t_{stem}_{secrets.token_hex(4)}"
        url = finish(databases.create(self.admin_url, unique))
        self._made.append(unique)
        return url

    def drop(self, url: str) -> None:
        """Drop a database of `database()` before the session ends."""
        name = url.rpartition("/")[2]
        finish(databases.drop(self.admin_url, name))
        self._made.remove(name)

    def drop_all(self) -> None:
        for name in self._made:
            finish(databases.drop(self.admin_url, name))
