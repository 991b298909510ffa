"""Finding out who is who: the ids that enrolment gave to people and their enrolments."""

from typing import Any
from uuid import UUID

from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan.programme import PROGRAMME


async def look_up(run: Run) -> None:
    """Ids of everybody on the first roster, wherever they are by now."""
    places = {(each.force_id, each.collar): each.at for each in run.plan.people}
    places |= {(each.to_force_id, each.collar): each.person for each in run.plan.moves.transfers}

    async def of_force(force_id: str) -> None:
        token = run.actors.of_force("force-admin", force_id)
        async for item in run.client.pages("enrolment", "/learners", token):
            at = places[item["force_id"], item["collar_number"]]
            run.learners[at] = UUID(item["learner_id"])
            run.enrolments[at] = _enrolment(item)

    forces = [strength.force_id for strength in run.plan.strengths]
    await run.each("Rolls read", forces, of_force, together=4)


def _enrolment(item: dict[str, Any]) -> UUID:
    return next(
        UUID(each["enrolment_id"])
        for each in item["enrolments"]
        if each["programme_id"] == PROGRAMME
    )
