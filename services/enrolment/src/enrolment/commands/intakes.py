"""What is told of what was sent in: at the end of its transaction, force by force."""

from collections.abc import Collection, Iterable

from sqlalchemy.dialects.postgresql import insert

from chassis.work import Work
from enrolment.domain.intake import Intake, recounted
from enrolment.store import locks
from enrolment.store.statements import waiting_by_force
from enrolment.store.tables import intakes
from npp_contracts.enrolment import FileTaken


async def tell(work: Work, files: Iterable[FileTaken], recount: Collection[str]) -> None:
    """Record what became of a file, and of these forces how many statements wait, if it changed.

    Locks the intakes of all these forces until the end: nothing else is locked after it.
    """
    said = list(files)
    forces = sorted({each.force_id for each in said}.union(recount))
    if not forces:
        return
    # Statements of no force, and those that a transfer takes along, are out of the sender's sight.
    async with locks.every_force(work.session):
        new = [{"force_id": each, "waiting": 0, "version": 0} for each in forces]
        await work.session.execute(insert(intakes).values(new).on_conflict_do_nothing())
        found = await work.get_many(Intake, forces)
        for each in said:
            work.record(found[each.force_id], each)
        waiting = await waiting_by_force(work.session, recount)
        for force_id in sorted(recount):
            event = recounted(found[force_id], waiting.get(force_id, 0))
            if event is not None:
                work.record(found[force_id], event)
