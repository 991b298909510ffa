"""What is told of returns, to the API and to the pages alike: as far as a reader sees them."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.api.figures.reader import Document
from reporting.api.returns.figures import read
from reporting.api.returns.seeing import Seeing, shown, shown_version
from reporting.domain.differences import differences
from reporting.domain.errors import ReadingFailed, ReturnUnknown, StillReading
from reporting.domain.returns import State
from reporting.store import cuts, returns
from reporting.store.returns import Made


async def every_return(connection: AsyncConnection, seeing: Seeing) -> list[Document]:
    """The latest day first."""
    found = await returns.all_returns(connection)
    return [shown(each) for each in found if await _versions(connection, each.return_id, seeing)]


async def one_return(connection: AsyncConnection, return_id: UUID, seeing: Seeing) -> Document:
    """With its versions, the first one first; raises ReturnUnknown."""
    found = await returns.return_of(connection, return_id)
    versions = await _versions(connection, return_id, seeing)
    if not versions:
        raise ReturnUnknown
    confirmations = await returns.confirmations_of(connection, return_id, seeing.sight.force)
    told = []
    for each in versions:
        parts = await cuts.parts_of(connection, each.cut_id, seeing.sight.force)
        told.append(shown_version(each, parts, confirmations, seeing))
    return shown(found) | {"versions": told}


async def compared(
    connection: AsyncConnection,
    return_id: UUID,
    version: int,
    seeing: Seeing,
    against: int | None = None,
) -> Document:
    """What is different from an earlier version; raises what stands against reading either.

    against: None is the last one before of those that the reader sees: to who reads what is
    published, that was published before.
    """
    made = await _version(connection, return_id, version, seeing)
    seen = await _versions(connection, return_id, seeing)
    before = [each for each in seen if each.read_at and each.version < version]
    old = [each for each in before if against in (None, each.version)][-1:]
    if against is not None and not old:
        raise ReturnUnknown
    was = await _figures(connection, old[0], seeing) if old else {}
    now = await _figures(connection, made, seeing)
    confirmations = await returns.confirmations_of(connection, return_id, seeing.sight.force)
    told = []
    for each in (*old, made):
        parts = await cuts.parts_of(connection, each.cut_id, seeing.sight.force)
        told.append(shown_version(each, parts, confirmations, seeing)["confirmed"])
    forces = [{one.force_id for one in each} for each in told]
    content: dict[str, Any] = {
        "return_id": return_id,
        "version": version,
        "against": old[0].version if old else None,
        "figures": [
            each
            for name, document in now.items()
            if name in was
            for each in differences(name, was[name], document)
        ],
        "confirmed": sorted(forces[-1] - forces[0]) if old else sorted(forces[-1]),
        "no_longer_confirmed": sorted(forces[0] - forces[-1]),
    }
    return content | ({"reason": made.reason} if seeing.national else {})


async def since_confirmed(
    connection: AsyncConnection, return_id: UUID, version: int, seeing: Seeing
) -> Document | None:
    """What is different from what the reader's force last confirmed; None if it never did."""
    every = await returns.confirmations_of(connection, return_id, seeing.sight.force)
    mine = [each for each in every if each.force_id == seeing.sight.force]
    if not mine:
        return None
    last = max(mine, key=lambda each: each.confirmed_at)
    was = await documents(connection, return_id, last.from_version, seeing)
    now = await documents(connection, return_id, version, seeing)
    changed = [
        each
        for name, document in now.items()
        if name in was
        for each in differences(name, was[name], document)
    ]
    return {"against": last.from_version, "at": last.confirmed_at, "figures": changed}


async def documents(
    connection: AsyncConnection, return_id: UUID, version: int, seeing: Seeing
) -> dict[str, Document]:
    """The figures of a version by name; raises what stands against reading it."""
    made = await _version(connection, return_id, version, seeing)
    return await _figures(connection, made, seeing)


async def _versions(connection: AsyncConnection, return_id: UUID, seeing: Seeing) -> list[Made]:
    found = await returns.versions_of(connection, return_id)
    return [each for each in found if seeing.sees(each)]


async def _version(
    connection: AsyncConnection, return_id: UUID, version: int, seeing: Seeing
) -> Made:
    for each in await _versions(connection, return_id, seeing):
        if each.version == version:
            if each.state is State.READING:
                raise StillReading(version=version)
            if each.state is State.FAILED:
                raise ReadingFailed(version=version)
            return each
    raise ReturnUnknown


async def _figures(connection: AsyncConnection, made: Made, seeing: Seeing) -> dict[str, Document]:
    found = await cuts.figures_of(connection, made.cut_id, seeing.documents)
    return {
        figure: read(each) for (sight, figure), each in found.items() if sight == seeing.documents
    }
