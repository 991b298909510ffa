"""Files in: rosters and completions, in chunks; and the rows that go back."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.csvio import read_csv, write_csv
from chassis.errors import Refusal
from chassis.http import Commands, CsvBody, Queries, csv_upload
from enrolment.api.callers import ADMINS, PLATFORM, acting_force, sight
from enrolment.api.turns import BULK
from enrolment.api.views import UploadView
from enrolment.commands.completions import TakeCompletions, take_completions
from enrolment.commands.rosters import TakeRoster, take_roster
from enrolment.commands.uploads import FinishUpload, OpenUpload, finish_upload, open_upload
from enrolment.domain import completion, roster
from enrolment.domain.errors import UploadUnknown
from enrolment.domain.intake import rows_by_force
from enrolment.domain.roster import Admitted
from enrolment.domain.rows import Rejected, Row, rejected
from enrolment.store import uploads

router = APIRouter(tags=["uploads"])

Lines: TypeAlias = list[tuple[int, Row]]

_CHUNK: Final = 1_000
_WHY: Final = ("line", "column", "code", "reason")
_COLUMNS: Final = {"roster": roster.COLUMNS, "completions": completion.COLUMNS}


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; corrected rows may come back as they went out, with the reason beside."""

    kind: str
    force_id: str | None
    content: bytes

    def rows(self) -> Iterator[tuple[int, Row]]:
        return read_csv(self.content, _COLUMNS[self.kind], optional=_WHY)

    def count(self) -> Counter[str]:
        """How many rows are whose; raises what makes the file unreadable, wherever that is."""
        return rows_by_force(self.force_id, (row for _, row in self.rows()))

    def chunks(self) -> Iterator[Lines]:
        rows = self.rows()
        while chunk := list(islice(rows, _CHUNK)):
            yield chunk


async def _take(
    run: Commands, file: File, take: Callable[[UUID, Lines], Awaitable[None]]
) -> UploadView:
    rows = await asyncio.to_thread(file.count)
    digest = hashlib.sha256(file.content).hexdigest()
    async with BULK:
        upload = await run(open_upload, OpenUpload(file.kind, file.force_id, digest))
        if upload.finished_at is not None:
            return UploadView.of(upload, repeated=True)
        for chunk in file.chunks():
            await take(upload.upload_id, chunk)
        return UploadView.of(await run(finish_upload, FinishUpload(upload.upload_id, rows)))


@router.post("/rosters")
@csv_upload
async def post_roster(
    run: Commands,
    body: CsvBody,
    force_id: Annotated[str | None, Query(max_length=100)] = None,
) -> UploadView:
    """Registers and updates people and enrols them by rule. Good rows stay, bad ones go back."""
    run.actor.require(*ADMINS)
    force = acting_force(run.actor, force_id)
    so_far = roster.Roster()

    async def take(upload_id: UUID, chunk: Lines) -> None:
        good, bad = _judged(so_far, chunk, force)
        lines = (chunk[0][0], chunk[-1][0])
        await run(take_roster, TakeRoster(upload_id, force, lines, good, bad))

    return await _take(run, File("roster", force, body), take)


def _judged(
    so_far: roster.Roster, chunk: Lines, force_id: str
) -> tuple[list[Admitted], list[Rejected]]:
    good, bad = list[Admitted](), list[Rejected]()
    for line, row in chunk:
        try:
            good.append(so_far.admit(line, row))
        except Refusal as refusal:
            bad.append(rejected(line, row, refusal, force_id))
    return good, bad


@router.post("/completions")
@csv_upload
async def post_completions(run: Commands, body: CsvBody) -> UploadView:
    """Module completions of the learning platform. What is known already is accepted again."""
    run.actor.require(*ADMINS, *PLATFORM)
    own = sight(run.actor)

    async def take(upload_id: UUID, chunk: Lines) -> None:
        lines = (chunk[0][0], chunk[-1][0])
        await run(take_completions, TakeCompletions(upload_id, own, lines, chunk))

    return await _take(run, File("completions", own, body), take)


@router.get("/uploads/{upload_id}")
async def get_upload(query: Queries, upload_id: UUID) -> UploadView:
    query.actor.require(*ADMINS, *PLATFORM)
    async with query() as connection:
        found = await uploads.upload_of(connection, upload_id, sight(query.actor))
    if found is None:
        raise UploadUnknown
    return UploadView.of(found)


@router.get("/uploads/{upload_id}/rejected.csv")
async def get_rejected(query: Queries, upload_id: UUID) -> Response:
    """The rejected rows as they came, each with its line, the column at fault, code and reason."""
    query.actor.require(*ADMINS, *PLATFORM)
    async with query() as connection:
        found = await uploads.upload_of(connection, upload_id, sight(query.actor))
        if found is None:
            raise UploadUnknown
        columns = _COLUMNS[found.kind]
        rows = await uploads.rejected_of(connection, upload_id, columns)
    content = write_csv([*columns, *_WHY], rows)
    disposition = f'attachment; filename="rejected-{upload_id}.csv"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
