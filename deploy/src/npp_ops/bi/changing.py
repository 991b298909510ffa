"""Making, renewing and ending readers' logins: one operator at a time, each change on record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Database
from chassis.operating.audit import Operator, note
from npp_ops.bi.access import Connection, Readers, readers
from npp_ops.bi.errors import LoginExists, LoginUnknown, ReaderUnknown
from npp_ops.tenants.access import new_password
from npp_ops.tenants.changing import Hand

# "npr": two who change the same login would each believe in a password of their own.
_ALONE: Final = "SELECT pg_advisory_xact_lock(7237746)"
_LAST: Final = """
SELECT DISTINCT ON (target) target, at, actor FROM operations
WHERE command LIKE 'bi %' ORDER BY target, id DESC
"""

Change = Callable[[Connection, str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Login:
    """A reader and whether it has a login; changed_at and by are None where we changed nothing."""

    reader: str
    has_login: bool
    as_it_should_be: bool
    changed_at: datetime | None
    by: str | None


async def create(
    database: Database, at: Readers, chosen: Sequence[str], operator: Operator, *, hand: Hand
) -> None:
    """Make logins, and their database with the first; raises ReaderUnknown or LoginExists."""
    known(chosen)
    await at.prepare()
    await _change(
        database, at, chosen, operator, command="bi create", change=at.make, hand=hand, wanted=False
    )


async def rotate(
    database: Database, at: Readers, chosen: Sequence[str], operator: Operator, *, hand: Hand
) -> None:
    """Give new passwords; raises ReaderUnknown or LoginUnknown."""
    known(chosen)
    await _change(database, at, chosen, operator, command="bi rotate", change=at.renew, hand=hand)


async def revoke(database: Database, at: Readers, reader: str, operator: Operator) -> None:
    """End a login and its connections; raises ReaderUnknown or LoginUnknown."""
    known([reader])

    async def end(admin: Connection, reader: str, _: str) -> None:
        await at.end(admin, reader)

    await _change(database, at, [reader], operator, command="bi revoke", change=end)


async def standing(database: Database, at: Readers) -> list[Login]:
    """Every reader that there could be, with what PostgreSQL and our own record say of it."""
    async with at.administered() as admin:
        there = await at.there(admin)
    async with database.transaction() as within:
        rows = await within.connection.fetch(_LAST)
    last = {row["target"]: (row["at"], row["actor"]) for row in rows}
    return [
        Login(each, each in there, there.get(each, True), *last.get(each, (None, None)))
        for each in readers()
    ]


async def having_login(admin: Connection, at: Readers, chosen: Sequence[str]) -> None:
    """Raises LoginUnknown."""
    there = await at.there(admin)
    if absent := [each for each in chosen if each not in there]:
        raise LoginUnknown(", ".join(absent), field="reader")


def known(chosen: Sequence[str]) -> None:
    """Raises ReaderUnknown for what is no reader."""
    if strange := set(chosen) - set(readers()):
        raise ReaderUnknown(", ".join(sorted(strange)), field="reader")


async def _change(
    database: Database,
    at: Readers,
    chosen: Sequence[str],
    operator: Operator,
    *,
    command: str,
    change: Change,
    hand: Hand | None = None,
    wanted: bool = True,
) -> None:
    async with database.transaction() as within, at.administered() as admin:
        await within.connection.execute(_ALONE)
        if wanted:
            await having_login(admin, at, chosen)
        elif there := (await at.there(admin)).keys() & set(chosen):
            raise LoginExists(", ".join(sorted(there)), field="reader")
        passwords = {each: new_password() for each in chosen}
        for each in chosen:
            await note(within.connection, operator, command, each, login=at.login(each))
        if hand is None:
            await change(admin, chosen[0], "")
            return
        hand(passwords)
        async with admin.transaction():
            for each in chosen:
                await change(admin, each, passwords[each])
        await at.cut(admin, chosen)
