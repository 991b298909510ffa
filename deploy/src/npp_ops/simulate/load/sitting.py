"""Assessments: started, handed in, voided, missed, and at the end released."""

from collections.abc import Sequence

from npp_contracts.codes import Form, Occasion
from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.programme import BLUEPRINT
from npp_ops.simulate.plan.sittings import Sitting, answers


async def sit(run: Run) -> None:
    """Each person's occasions in order; different people side by side."""
    by_person: dict[int, list[Sitting]] = {}
    for sitting in run.plan.sittings:
        by_person.setdefault(sitting.person, []).append(sitting)

    async def send(sittings: Sequence[Sitting]) -> None:
        for sitting in sittings:
            await _sit_one(run, sitting)

    await run.each("Assessments", list(by_person.values()), send, together=8, worth=len)
    author = run.actors.national("assessment-author")
    for occasion in Occasion:
        body = {"blueprint": BLUEPRINT, "occasion": occasion}
        key = run.key("release", occasion)
        await run.client.post("assessment", "/releases", author, body, key=key)


async def _sit_one(run: Run, sitting: Sitting) -> None:
    about = {
        "learner_id": run.learners[sitting.person],
        "blueprint": BLUEPRINT,
        "occasion": sitting.occasion,
    }
    what = ("sitting", sitting.person, sitting.occasion)
    admin = run.admin(sitting.person)
    if sitting.absent:
        key = run.key(*what, "absent")
        await run.client.post("assessment", "/absences", admin, about, key=key)
        return
    # At a baseline people sit alone; a final is invigilated.
    alone = sitting.occasion is Occasion.BASELINE
    token = run.candidate(sitting.person) if alone else admin
    for nth, right in enumerate(sitting.right):
        opened = await run.client.post(
            "assessment", "/attempts", token, about, key=run.key(*what, nth, "start")
        )
        attempt = f"/attempts/{opened['attempt_id']}"
        chance = stream(run.plan.seed, "answers", sitting.person, sitting.occasion, nth)
        said = {"answers": answers(Form(opened["form"]), right, chance)}
        key = run.key(*what, nth, "submit")
        await run.client.post("assessment", f"{attempt}/submit", token, said, key=key)
        if sitting.void and nth == 0:
            reason = {"reason": "technical-failure"}
            key = run.key(*what, nth, "void")
            await run.client.post("assessment", f"{attempt}/void", admin, reason, key=key)
    if sitting.left_open:
        key = run.key(*what, "open")
        await run.client.post("assessment", "/attempts", token, about, key=key)
