"""An uploaded file from its first row to its last: known by its content, done in chunks."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from chassis.clock import new_id
from chassis.work import Work
from enrolment.commands.intakes import tell
from enrolment.domain.intake import File, taken
from enrolment.store import uploads
from enrolment.store.uploads import Upload
from npp_contracts.codes import FileKind
from npp_contracts.ids import NATIONAL


@dataclass(frozen=True, slots=True)
class OpenUpload:
    kind: str
    force_id: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class FinishUpload:
    """rows: how many of them are whose."""

    upload_id: UUID
    rows: Mapping[str, int]


async def open_upload(work: Work, command: OpenUpload) -> Upload:
    """Find the file by its content, or begin with it."""
    return await uploads.open_upload(
        work.session,
        new_id(),
        kind=command.kind,
        force_id=command.force_id,
        sha256=command.sha256,
        uploaded_by=work.actor.subject,
        at=work.now,
    )


async def finish_upload(work: Work, command: FinishUpload) -> Upload:
    """Every chunk is in: from now on the same content is a repetition, and each force is told."""
    whole = sum(command.rows.values())
    upload, first = await uploads.finish_upload(work.session, command.upload_id, whole, work.now)
    if first:
        refused = await uploads.refused_rows(work.session, upload.upload_id)
        file = File(upload.upload_id, FileKind(upload.kind), upload.force_id)
        # Whom a roster names nothing waits for any more.
        named = {upload.force_id or NATIONAL, NATIONAL} if file.kind is FileKind.ROSTER else ()
        await tell(work, taken(file, command.rows, refused), named)
    return upload
