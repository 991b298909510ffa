"""Giving, renewing and ending access: one operator at a time, each change on record."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Database, Driver
from chassis.operating.audit import Operator, note
from npp_ops.forces import tenant_ids
from npp_ops.tenants import access
from npp_ops.tenants.access import SHA_256, SHA_512, Quotas, new_password, user_of
from npp_ops.tenants.errors import ForceUnknown, TenantExists, TenantRevoked, TenantUnknown
from npp_ops.tenants.wire import Line

Hand = Callable[[dict[str, str]], None]
"""Puts passwords, by force, where they go: before they hold, or they could be lost."""

# "npt": two who change the same tenant would each believe in a password of their own.
_ALONE: Final = "SELECT pg_advisory_xact_lock(7237748)"
_LAST: Final = """
SELECT DISTINCT ON (target) target, command, at, actor FROM operations
WHERE command LIKE 'tenant %' AND target = ANY ($1::text[]) ORDER BY target, id DESC
"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A force and whether it has access; changed_at and by are None where we never changed it."""

    force: str
    has_access: bool
    as_it_should_be: bool
    changed_at: datetime | None
    by: str | None


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[Driver]:
    """A transaction that no other change or verification of tenants runs beside."""
    async with database.transaction() as within:
        await within.connection.execute(_ALONE)
        yield within.connection


async def create(
    database: Database,
    line: Line,
    force_ids: Sequence[str],
    operator: Operator,
    *,
    quotas: Quotas,
    hand: Hand,
) -> None:
    """Give forces access that have none; raises ForceUnknown or TenantExists."""
    known(force_ids)
    async with alone(database) as connection:
        if there := await access.tenants(line, force_ids):
            raise TenantExists(", ".join(sorted(there)), field="force", forces=there)
        for each in force_ids:
            facts = {"user": user_of(each), "bytes_per_second": quotas.bytes_per_second}
            facts |= {"request_percent": quotas.request_percent}
            await note(connection, operator, "tenant create", each, **facts)
        await access.allow(line, force_ids, quotas)
        await _renew(line, force_ids, hand)


async def rotate(
    database: Database, line: Line, force_ids: Sequence[str], operator: Operator, *, hand: Hand
) -> None:
    """Give new passwords; connections that are open go on until they must log in again."""
    known(force_ids)
    async with alone(database) as connection:
        await having_access(connection, line, force_ids)
        for each in force_ids:
            await note(connection, operator, "tenant rotate", each, user=user_of(each))
        await _renew(line, force_ids, hand)


async def revoke(database: Database, line: Line, force_id: str, operator: Operator) -> None:
    """End a force's access, at once: its rights go first, which open connections notice too."""
    known([force_id])
    async with alone(database) as connection:
        await having_access(connection, line, [force_id])
        await note(connection, operator, "tenant revoke", force_id, user=user_of(force_id))
        await access.deny(line, [force_id])
        await access.forget_passwords(line, [force_id], SHA_512, SHA_256)


async def standing(database: Database, line: Line) -> list[Tenant]:
    """Every force and the sandbox, with what the brokers and our own record say of it."""
    force_ids = tenant_ids()
    there, rights = await access.tenants(line, force_ids), await access.rights(line)
    limited = await access.quotas(line)
    async with database.transaction() as within:
        rows = await within.connection.fetch(_LAST, force_ids)
    last = {row["target"]: (row["at"], row["actor"]) for row in rows}
    never = (None, None)
    return [
        Tenant(
            each,
            each in there,
            _exact(each, each in there, rights) and (user_of(each) in limited) is (each in there),
            *last.get(each, never),
        )
        for each in force_ids
    ]


async def having_access(connection: Driver, line: Line, force_ids: Sequence[str]) -> None:
    """Raises TenantUnknown or TenantRevoked for the first of them that has no access."""
    there = await access.tenants(line, force_ids)
    absent = [each for each in force_ids if each not in there]
    rows = await connection.fetch(_LAST, absent[:1])
    if rows and rows[0]["command"] == "tenant revoke":
        ended = {"at": rows[0]["at"], "by": rows[0]["actor"]}
        raise TenantRevoked(absent[0], field="force", **ended)
    if absent:
        raise TenantUnknown(", ".join(absent), field="force")


def known(force_ids: Sequence[str]) -> None:
    """Raises ForceUnknown for an id that no force has."""
    strange = set(force_ids) - set(tenant_ids())
    if strange:
        raise ForceUnknown(", ".join(sorted(strange)), field="force")


async def _renew(line: Line, force_ids: Sequence[str], hand: Hand) -> None:
    passwords = {each: new_password() for each in force_ids}
    hand(passwords)
    await access.set_passwords(line, passwords, SHA_512)


def _exact(force_id: str, has_access: bool, rights: dict[str, set[access.Acl]]) -> bool:
    wanted = access.rights_of(force_id) if has_access else set()
    return rights.get(user_of(force_id), set()) == wanted
