"""What a reader is at PostgreSQL: a login that is called as what it sees, with bounds."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from npp_ops.forces import forces
from npp_ops.servers.databases import plain

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

NATIONAL: Final = "national"
CONNECTIONS: Final = 5
_LONGEST: Final = 63
_ITERATIONS: Final = 4096
# What a reader's tool should not do by accident. A reader may set these otherwise: what must hold
# is the limit of connections, and that nothing but figures is in reach.
SETTINGS: Final = {
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_read_only": "on",
    "search_path": "bi",
}
_OPTIONS: Final = (
    "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT"
    f" CONNECTION LIMIT {CONNECTIONS}"
)
# In a database of their own they may do nothing but read: what PostgreSQL lets everybody do in
# any database, it lets nobody do here.
_CLOSED: Final = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC
"""
_THERE: Final = """
SELECT rolname AS login, rolcanlogin AND NOT (rolsuper OR rolcreatedb OR rolcreaterole
        OR rolreplication OR rolbypassrls) AND rolconnlimit = $2
    AND ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid)
        = ARRAY[quote_ident($1)] AS exact
FROM pg_roles AS r WHERE starts_with(rolname, $1 || '.')
"""
_END: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY ($1::text[])"
)


@dataclass(frozen=True, slots=True)
class Readers:
    """The database of readers beside a service's own, by the service's role and database."""

    admin_url: str
    owner: str

    @classmethod
    def beside(cls, admin_url: str, database_url: str) -> "Readers":
        """owner: as the service's database is called, and its role."""
        return cls(plain(admin_url), urlsplit(database_url).path.lstrip("/"))

    @property
    def database(self) -> str:
        """Also the name of the group of all readers."""
        return f"{self.owner}_bi"

    def login(self, reader: str) -> str:
        """The name says what it sees, to the views too."""
        name = f"{self.database}.{reader}"
        if len(name) > _LONGEST:
            raise ValueError(f"{name!r} is too long for the name of a role")
        return name

    def url(self, reader: str = "", password: str = "") -> str:
        """Its database, as an administrator or, with a password, as a reader."""
        parts = urlsplit(self.admin_url)
        address = parts.netloc.rpartition("@")[2]
        netloc = f"{self.login(reader)}:{password}@{address}" if reader else parts.netloc
        return urlunsplit(parts._replace(netloc=netloc, path=f"/{self.database}"))

    @asynccontextmanager
    async def administered(self, *, inside: bool = False) -> AsyncIterator[Connection]:
        """The server with its administrator's rights. inside: in the readers' database."""
        connection = await asyncpg.connect(self.url() if inside else self.admin_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def prepare(self) -> None:
        """Make group and database where they are missing, and close the database to all others."""
        name, owner = self.database, self.owner
        async with self.administered() as admin:
            if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name):
                await admin.execute(f'CREATE ROLE "{name}" NOLOGIN')
            if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await admin.execute(f'GRANT "{owner}" TO CURRENT_USER')
                await admin.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
            await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            await admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{name}"')
        async with self.administered(inside=True) as admin:
            await admin.execute(_CLOSED)

    async def there(self, admin: Connection) -> dict[str, bool]:
        """By reader with a login whether it is exactly what it should be."""
        found = await admin.fetch(_THERE, self.database, CONNECTIONS)
        skip = len(self.database) + 1
        return {row["login"][skip:]: row["exact"] for row in found}

    async def make(self, admin: Connection, reader: str, password: str) -> None:
        login, verifier = self.login(reader), verifier_of(password)
        await admin.execute(f"CREATE ROLE \"{login}\" {_OPTIONS} PASSWORD '{verifier}'")
        await admin.execute(f'GRANT "{self.database}" TO "{login}"')
        for name, value in SETTINGS.items():
            await admin.execute(f"ALTER ROLE \"{login}\" SET {name} = '{value}'")

    async def renew(self, admin: Connection, reader: str, password: str) -> None:
        verifier = verifier_of(password)
        await admin.execute(f"ALTER ROLE \"{self.login(reader)}\" PASSWORD '{verifier}'")

    async def cut(self, admin: Connection, chosen: Sequence[str]) -> None:
        """End the connections that these have open."""
        await admin.execute(_END, [self.login(each) for each in chosen])

    async def end(self, admin: Connection, reader: str) -> None:
        """No new connection, then no open one, then no login."""
        login = self.login(reader)
        await admin.execute(f'ALTER ROLE "{login}" NOLOGIN')
        await self.cut(admin, [reader])
        await admin.execute(f'DROP ROLE "{login}"')


def readers() -> Sequence[str]:
    """All that there can be: the forces, and the nation."""
    return (*(each.id for each in forces()), NATIONAL)


def verifier_of(password: str) -> str:
    """What PostgreSQL keeps of a password; the password itself is never sent to it."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    told = (base64.b64encode(each).decode() for each in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ITERATIONS, *told)
