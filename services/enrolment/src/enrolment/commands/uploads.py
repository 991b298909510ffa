"""An uploaded file from its first row to its last: known by its content, done in chunks."""

from dataclasses import dataclass
from uuid import UUID

from chassis.clock import new_id
from chassis.work import Work
from enrolment.store import uploads
from enrolment.store.uploads import Upload


@dataclass(frozen=True, slots=True)
class OpenUpload:
    kind: str
    force_id: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class FinishUpload:
    upload_id: UUID
    rows: int


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
    """Every chunk is in: from now on the same content is a repetition."""
    return await uploads.finish_upload(work.session, command.upload_id, command.rows, work.now)
