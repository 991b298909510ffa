"""Returns, their versions and who has confirmed them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from reporting.domain.errors import ReturnUnknown
from reporting.domain.returns import Confirmation, State, Version
from reporting.store.cuts import Reads

_OPEN: Final = text("""
INSERT INTO returns (return_id, figure_set, period, as_of, opened_by, opened_at)
VALUES (:return_id, :figure_set, :period, :as_of, :opened_by, :opened_at)
ON CONFLICT (figure_set, period) DO NOTHING RETURNING return_id
""")
_RETURNS: Final = """
SELECT return_id, figure_set, period, as_of, opened_by, opened_at FROM returns
"""
_ONE: Final = f"{_RETURNS} WHERE return_id = :return_id"
_ALL: Final = text(f"{_RETURNS} ORDER BY as_of DESC, period, figure_set")
_VERSIONS: Final = text("""
SELECT v.version, v.cut_id, v.reason, v.made_by, v.made_at, v.published_by, v.published_at,
    c.known_at, c.not_applied, c.problem, c.read_at
FROM return_versions v JOIN cuts c USING (cut_id)
WHERE v.return_id = :return_id ORDER BY v.version
""")
_MAKE: Final = text("""
INSERT INTO return_versions (return_id, version, cut_id, reason, made_by, made_at)
VALUES (:return_id, :version, :cut_id, :reason, :made_by, :made_at)
ON CONFLICT (return_id, version) DO NOTHING
""")
_PUBLISH: Final = text("""
UPDATE return_versions SET published_by = :by, published_at = :at
WHERE return_id = :return_id AND version = :version
""")
_CONFIRMATIONS: Final = text("""
SELECT force_id, sha256, from_version, confirmed_by, confirmed_at FROM return_confirmations
WHERE return_id = :return_id AND (CAST(:force AS text) IS NULL OR force_id = :force)
ORDER BY force_id, confirmed_at
""")
_CONFIRM: Final = text("""
INSERT INTO return_confirmations
    (return_id, force_id, sha256, from_version, confirmed_by, confirmed_at)
VALUES (:return_id, :force_id, :sha256, :from_version, :confirmed_by, :confirmed_at)
""")


@dataclass(frozen=True, slots=True)
class OpenedReturn:
    """A return, whatever its versions say."""

    return_id: UUID
    figure_set: str
    period: str
    as_of: date
    opened_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A version as it stands. known_at: up to when its figures know what had been recorded."""

    version: int
    cut_id: UUID
    reason: str
    made_by: str
    made_at: datetime
    published_by: str | None
    published_at: datetime | None
    known_at: datetime
    not_applied: int | None
    problem: str | None
    read_at: datetime | None

    @property
    def state(self) -> State:
        if self.published_at is not None:
            return State.PUBLISHED
        if self.problem is not None:
            return State.FAILED
        return State.READING if self.read_at is None else State.FROZEN

    @property
    def decided(self) -> Version:
        """As decisions see it."""
        return Version(self.version, self.cut_id, self.state, self.reason)


async def insert_return(within: Reads, opened: OpenedReturn) -> bool:
    """False if the set has a return for the period."""
    names = OpenedReturn.__slots__
    said = {name: getattr(opened, name) for name in names}
    return (await within.execute(_OPEN, said)).first() is not None


async def return_of(within: Reads, return_id: UUID, *, lock: bool = False) -> OpenedReturn:
    """Raises ReturnUnknown. lock: nobody else changes the return until the end."""
    sql = text(f"{_ONE} FOR UPDATE" if lock else _ONE)
    found = (await within.execute(sql, {"return_id": return_id})).mappings().first()
    if found is None:
        raise ReturnUnknown
    return OpenedReturn(**found)


async def all_returns(within: Reads) -> list[OpenedReturn]:
    """The latest day first."""
    return [OpenedReturn(**row) for row in (await within.execute(_ALL)).mappings()]


async def versions_of(within: Reads, return_id: UUID) -> list[Made]:
    """The first one first."""
    found = await within.execute(_VERSIONS, {"return_id": return_id})
    return [Made(**row) for row in found.mappings()]


async def version_of(within: Reads, return_id: UUID, version: int) -> Made:
    """Raises ReturnUnknown."""
    for each in await versions_of(within, return_id):
        if each.version == version:
            return each
    raise ReturnUnknown


async def make_version(
    within: Reads, return_id: UUID, version: Version, by: str, at: datetime
) -> None:
    """Make a version, unless it has been made."""
    about: dict[str, Any] = {"return_id": return_id, "version": version.version}
    what = {"cut_id": version.cut_id, "reason": version.reason}
    await within.execute(_MAKE, about | what | {"made_by": by, "made_at": at})


async def publish_version(
    within: Reads, return_id: UUID, version: int, by: str, at: datetime
) -> None:
    about = {"return_id": return_id, "version": version}
    await within.execute(_PUBLISH, about | {"by": by, "at": at})


async def confirmations_of(
    within: Reads, return_id: UUID, force_id: str | None
) -> list[Confirmation]:
    """Those of one force, or all that the transaction may see."""
    found = await within.execute(_CONFIRMATIONS, {"return_id": return_id, "force": force_id})
    return [Confirmation(**row) for row in found.mappings()]


async def insert_confirmation(within: Reads, return_id: UUID, said: Confirmation) -> None:
    about = {name: getattr(said, name) for name in Confirmation.__slots__}
    await within.execute(_CONFIRM, about | {"return_id": return_id})
