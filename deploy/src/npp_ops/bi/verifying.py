"""What each reader may and may not do, by doing it: in a session that is the reader's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from npp_ops.bi.access import NATIONAL, Connection, Readers, readers
from npp_ops.bi.changing import having_login, known
from npp_ops.bi.errors import NotAdministrator

_VIEWS: Final = "SELECT viewname FROM pg_views WHERE schemaname = 'bi' ORDER BY 1"
_DATABASES: Final = """
SELECT datname FROM pg_database
WHERE datallowconn AND has_database_privilege($1, oid, 'CONNECT')
    AND datname NOT IN (current_database(), 'postgres') AND NOT datistemplate
"""
_IN_REACH: Final = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
    AND nspname NOT IN ('bi', 'pg_catalog', 'information_schema')
    AND has_schema_privilege(n.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
"""
FORBIDDEN: Final = (
    "TABLE kept.documents",
    "DELETE FROM kept.documents",
    "CREATE TABLE bi.mine (n integer)",
    "CREATE TABLE public.mine (n integer)",
    "CREATE SCHEMA mine",
    "CREATE TEMPORARY TABLE mine (n integer)",
    "SELECT lo_create(0)",
    "DO 'BEGIN END'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('PG_VERSION')",
    "SET ROLE {owner}",
    "ALTER VIEW bi.figures OWNER TO CURRENT_USER",
)


@dataclass(slots=True)
class Verdict:
    """One login. wrong: whatever did not end as it must."""

    reader: str
    allowed: int = 0
    denied: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    others: int = 0
    """Other things than others' rows that were denied, as they must be."""


async def verify(at: Readers, chosen: Sequence[str] | None) -> list[Verdict]:
    """These logins, or all. Raises ReaderUnknown, LoginUnknown, NotAdministrator."""
    known(chosen or [])
    async with at.administered() as admin:
        if chosen is None:
            chosen = sorted(await at.there(admin))
        await having_login(admin, at, chosen)
        if not await admin.fetchval("SELECT usesuper FROM pg_user WHERE usename = session_user"):
            raise NotAdministrator(field="DATABASE_URL")
    verdicts = []
    for each in chosen:
        async with at.administered(inside=True) as connection:
            open_to = await connection.fetch(_DATABASES, at.login(each))
            await connection.execute(f'SET SESSION AUTHORIZATION "{at.login(each)}"')
            # As their own session would begin.
            await connection.execute("SET default_transaction_read_only = off")
            verdict = await _verified(at, connection, each)
            verdict.wrong += [("connect", row["datname"], "allowed") for row in open_to]
        verdicts.append(verdict)
    return verdicts


async def _verified(at: Readers, connection: Connection, reader: str) -> Verdict:
    verdict = Verdict(reader)
    seen = set[str]()
    for (view,) in await connection.fetch(_VIEWS):
        rows = await connection.fetch(f'SELECT DISTINCT scope FROM bi."{view}"')  # noqa: S608
        seen |= {row["scope"] for row in rows}
    for each in readers():
        if reader in (each, NATIONAL):
            verdict.allowed += each in seen
            if each not in seen:
                verdict.wrong.append(("read", each, "nothing there"))
        elif each in seen:
            verdict.wrong.append(("read", each, "allowed"))
        else:
            verdict.denied += 1
    for (table,) in await connection.fetch(_IN_REACH):
        verdict.wrong.append(("reach", table, "allowed"))
    for sql in FORBIDDEN:
        ended = await _tried(connection, sql.format(owner=at.owner))
        if ended == "denied":
            verdict.others += 1
        else:
            verdict.wrong.append(("do", sql, ended))
    return verdict


async def _tried(connection: Connection, sql: str) -> str:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(sql)
    except asyncpg.InsufficientPrivilegeError:
        return "denied"
    except asyncpg.PostgresError as error:
        return f"error {error.sqlstate}"
    else:
        return "allowed"
    finally:
        await transaction.rollback()
