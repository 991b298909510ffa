"""Which fields of an event follow a person, by their type: found once per class."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from npp_contracts import ids

Rename = Callable[[str], str]
Change = Callable[[Any, Rename], Any]

FOLLOW: Final = (
    ids.LearnerId,
    ids.EnrolmentId,
    ids.AttemptId,
    ids.PortfolioId,
    ids.PlaceId,
    ids.EvidenceId,
    ids.PersonId,
)
"""Ids by which somebody could be followed from one force's file to another's."""
STAY: Final = (ids.SessionId, ids.UploadId, ids.Slug, ids.Code)
"""Ids of what is no person: sessions, files, programmes, blueprints, frameworks, forces."""
_FORCE: Final = "force_id"


class UnknownIdentity(TypeError):
    """A field may be an id and is in neither list; an event that has one goes to nobody."""


@cache
def changes(kind: type[BaseModel]) -> Mapping[str, Change]:
    """By field that follows a person, how to rename its value; raises UnknownIdentity."""
    hints = get_type_hints(kind, include_extras=True)
    found = {name: _field(kind, name, hints[name]) for name in kind.model_fields}
    return MappingProxyType({name: each for name, each in found.items() if each is not None})


def renamed(kind: type[BaseModel], values: dict[str, Any], rename: Rename) -> dict[str, Any]:
    """The values of an event, as JSON has them, with every id renamed that follows a person."""
    return values | {name: each(values[name], rename) for name, each in changes(kind).items()}


def _field(kind: type[BaseModel], name: str, hint: Any) -> Change | None:
    where = f"{kind.__name__}.{name}"
    if name.endswith(_FORCE) and name != _FORCE:
        raise UnknownIdentity(f"{where} names another force")
    change = _change(where, hint)
    if change is None and name.endswith(("_id", "_ids")) and not _stays(hint):
        raise UnknownIdentity(f"{where} is called an id and is of no type that is known as one")
    return change


def _change(where: str, hint: Any) -> Change | None:
    if hint in FOLLOW:
        return _rename
    if hint in STAY:
        return None
    if hint is UUID or isinstance(hint, NewType):
        raise UnknownIdentity(f"{where} is of a type that neither follows a person nor stays")
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _within(hint) if changes(hint) else None
    return _composed(where, hint)


def _composed(where: str, hint: Any) -> Change | None:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _change(where, parts[0])
    inner = [each for part in parts if (each := _change(where, part)) is not None]
    if not inner:
        return None
    if origin in (Union, UnionType) and len(parts) == 2 and NoneType in parts:
        return _optional(inner[0])
    if origin is list:
        return _each(inner[0])
    raise UnknownIdentity(f"{where} keeps ids in a shape that is not known: {hint}")


def _stays(hint: Any) -> bool:
    return hint in STAY or any(_stays(part) for part in get_args(hint))


def _rename(value: Any, rename: Rename) -> Any:
    return rename(value)


def _within(kind: type[BaseModel]) -> Change:
    return lambda value, rename: renamed(kind, value, rename)


def _optional(change: Change) -> Change:
    return lambda value, rename: None if value is None else change(value, rename)


def _each(change: Change) -> Change:
    return lambda values, rename: [change(each, rename) for each in values]
