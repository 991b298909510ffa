"""Retention: rules as data, what is due by them, and disposing of it, with a log of counts."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.database import Driver
from chassis.privacy.erasing import change, with_guards_down
from chassis.privacy.holdings import Holding

_HELD: Final = "SELECT array_agg(learner_id) FROM holds"
_LOG: Final = """
INSERT INTO disposals (rule, version, days, before, rows) VALUES ($1, $2, $3, $4, $5)
"""
# Where a rule is new, years may be due: not all in one transaction.
_AT_ONCE: Final = 50_000
Days = Annotated[int, Field(ge=1, le=36_500)]


class RetentionSettings(BaseSettings):
    """What the controller has decided about retention."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="RETENTION_")

    adopted: str | None = None
    """The version of the rules that may dispose; under any other, what is due is only counted."""
    days: dict[str, Days] = Field(default_factory=dict)
    """Other periods than the proposed ones, by rule, as a JSON object."""


class Rule(BaseModel):
    """How long a class of records is kept, from the moment that its holding names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Days
    ground: str


class Rules(BaseModel):
    """A service's rules, by holding, and their version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    rules: Mapping[str, Rule] = Field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Rules":
        """From TOML; raises pydantic's ValidationError naming what is wrong."""
        return cls.model_validate(tomllib.loads(path.read_text()))


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule would dispose of now. held: what a hold keeps that would be due."""

    rule: str
    version: str
    days: int
    before: datetime
    rows: int
    held: int


@cache
def retention_settings() -> RetentionSettings:
    """The settings of this process, read once."""
    return RetentionSettings()


def days_of(rules: Rules, name: str) -> int:
    """The period that the controller has set, or the proposed one."""
    return retention_settings().days.get(name, rules.rules[name].days)


async def due(
    connection: Driver, holdings: Sequence[Holding], rules: Rules, now: datetime
) -> list[Due]:
    """A dry run: what each rule would dispose of, and what a hold keeps."""
    held, found = await _held(connection), []
    for each in _ruled(holdings, rules):
        days = days_of(rules, each.name)
        before = now - timedelta(days=days)
        old = f"{_old(each)} AND {_left(each)}"
        count = f"""
        SELECT count(*) FILTER (WHERE NOT {_whose(each)}), count(*) FILTER (WHERE {_whose(each)})
        FROM {each.table} WHERE {old}
        """  # noqa: S608  made of declarations
        rows, kept = await connection.fetchrow(count, held, before) or (0, 0)
        found.append(Due(each.name, rules.version, days, before, rows, kept))
    return found


async def dispose(
    connection: Driver, holdings: Sequence[Holding], rules: Rules, now: datetime
) -> dict[str, int]:
    """Dispose of what is due and not on hold, and log how much it was; rows by rule."""
    held, done = await _held(connection), {}
    for each in _ruled(holdings, rules):
        days = days_of(rules, each.name)
        before = now - timedelta(days=days)
        some = f"""
        ctid IN (SELECT ctid FROM {each.table}
                 WHERE {_old(each)} AND {_left(each)} AND NOT {_whose(each)} LIMIT {_AT_ONCE})
        """  # noqa: S608
        statement = change(each, some)
        assert statement is not None  # noqa: S101  a holding with a rule has something to erase
        rows = (await with_guards_down(connection, {each.name: statement}, held, before))[each.name]
        if rows:
            await connection.execute(_LOG, each.name, rules.version, days, before, rows)
        done[each.name] = rows
    return done


def _ruled(holdings: Sequence[Holding], rules: Rules) -> list[Holding]:
    return [each for each in holdings if each.since is not None and each.name in rules.rules]


def _old(holding: Holding) -> str:
    return f"({holding.since}) < $2::timestamptz"


def _whose(holding: Holding) -> str:
    return f"coalesce(({holding.of}), false)"


def _left(holding: Holding) -> str:
    if holding.deleted:
        return "true"
    gone = (f"{c}::text IS DISTINCT FROM ({v})::text" for c, v in holding.erased.items())
    return f"({' OR '.join(gone)})"


async def _held(connection: Driver) -> Any:
    return await connection.fetchval(_HELD) or []
