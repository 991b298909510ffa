"""What became of a file, force by force: each is told of its own rows and of no other's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from enrolment.domain.errors import UnknownCollarNumber
from enrolment.domain.forces import find_force
from enrolment.domain.rows import Row
from npp_contracts.codes import FileKind
from npp_contracts.enrolment import FileTaken, StatementsWaiting
from npp_contracts.ids import NATIONAL, UploadId

UNMATCHED: Final = UnknownCollarNumber.code
"""Why a row is sent back that is about nobody."""


@dataclass(eq=False)
class Intake:
    """What was sent in about a force's people. waiting: statements about nobody we know yet."""

    force_id: str
    waiting: int = 0
    version: int = 0

    def apply(self, event: FileTaken | StatementsWaiting) -> None:
        """A file is one more; of what waits the last word stands."""
        if isinstance(event, StatementsWaiting):
            self.waiting = event.waiting


@dataclass(frozen=True, slots=True)
class File:
    """A file that was taken in. sender: the force whose own it is; None of one with any rows."""

    upload_id: UUID
    kind: FileKind
    sender: str | None


def owner(sender: str | None, row: Row) -> str:
    """Whose a row is: the sender's, whoever it names; else of the force it names, or nobody's."""
    return sender or find_force(row["force"]) or NATIONAL


def rows_by_force(sender: str | None, rows: Iterable[Row]) -> Counter[str]:
    """How many each has; a file without rows is its sender's all the same."""
    counted = Counter(owner(sender, row) for row in rows)
    return counted if sender is None else Counter({sender: counted[sender]})


def taken(
    file: File, rows: Mapping[str, int], refused: Mapping[tuple[str, str], int]
) -> Iterator[FileTaken]:
    """What is announced, in the order of the forces. refused: rows by force and reason code."""
    for force_id in sorted(rows):
        back = {code: n for (of, code), n in refused.items() if of == force_id}
        yield FileTaken(
            force_id=force_id,
            kind=file.kind,
            upload_id=None if file.sender is None else UploadId(file.upload_id),
            accepted=rows[force_id] - sum(back.values()),
            refused=sum(back.values()),
            unmatched=back.get(UNMATCHED, 0),
        )


def recounted(intake: Intake, waiting: int) -> StatementsWaiting | None:
    """What is announced of statements; None where as many wait as was said last."""
    if waiting == intake.waiting:
        return None
    return StatementsWaiting(force_id=intake.force_id, waiting=waiting)
