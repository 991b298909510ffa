"""The record of what operators changed: it can be added to, never altered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from chassis.database import Driver
from chassis.errors import Invalid

_NOTE: Final = """
INSERT INTO operations (command, target, actor, because, facts) VALUES ($1, $2, $3, $4, $5::jsonb)
"""
_LIST: Final = """
SELECT at, command, target, actor, because, facts::text AS facts
FROM operations ORDER BY id DESC LIMIT 100
"""


class ReasonMissing(Invalid):
    title = "A change needs somebody who makes it and a reason, in words"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who makes a change, and why. Raises ReasonMissing when either says nothing."""

    name: str
    because: str

    def __post_init__(self) -> None:
        for field in ("name", "because"):
            if not getattr(self, field).strip():
                raise ReasonMissing(field=field, rule="not-empty")


@dataclass(frozen=True, slots=True)
class Operation:
    """One change that was made. facts: what was found and what was done, as JSON has it."""

    at: datetime
    command: str
    target: str
    actor: str
    because: str
    facts: dict[str, Any]


async def note(
    connection: Driver, operator: Operator, command: str, target: str, **facts: object
) -> None:
    """Record a change, in the transaction that makes it."""
    told = msgspec.json.encode(facts).decode()
    await connection.execute(_NOTE, command, target, operator.name, operator.because, told)


async def operations(connection: Driver) -> Sequence[Operation]:
    """The last hundred changes, the newest first."""
    return [
        Operation(**{**row, "facts": msgspec.json.decode(row["facts"])})
        for row in await connection.fetch(_LIST)
    ]
