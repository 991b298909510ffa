"""What comes first: programme, blueprint, framework, and how many staff each force says it has."""

from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan import programme
from npp_ops.simulate.plan.nation import Strength

SOURCE = "invented-return"


async def publish(run: Run) -> None:
    admin = run.actors.national("national-admin")
    author = run.actors.national("assessment-author")
    post, key = run.client.post, run.key
    await post("enrolment", "/programmes", admin, programme.programme(), key=key("programme"))
    await post("portfolio", "/frameworks", admin, programme.framework(), key=key("framework"))
    await post("assessment", "/blueprints", author, programme.blueprint(), key=key("blueprint"))

    async def report(strength: Strength) -> None:
        force = strength.force_id
        body = {
            "force_id": force,
            "as_of": run.plan.day.isoformat(),
            "headcount": strength.headcount,
            "source": SOURCE,
        }
        token = run.actors.of_force("force-admin", force)
        await post("enrolment", "/workforce", token, body, key=key("workforce", force))

    await run.each("Workforce returns", run.plan.strengths, report, together=8)
