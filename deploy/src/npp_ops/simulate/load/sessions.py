"""Sessions: scheduled, booked, given up, called off, and their registers taken."""

from typing import Any

from npp_contracts.codes import SessionKind
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan.classes import Class
from npp_ops.simulate.plan.programme import PROGRAMME


async def hold(run: Run) -> None:
    async def send(each: Class) -> None:
        await _session(run, each)

    await run.each("Sessions", run.plan.classes, send, together=3)


async def _session(run: Run, each: Class) -> None:
    national = each.force_id == NATIONAL
    organiser = (
        run.actors.national("national-admin")
        if national
        else run.actors.of_force("force-admin", each.force_id)
    )

    async def post(path: str, body: object, *what: object, token: str = organiser) -> Any:
        key = run.key("session", each.name, *what)
        return await run.client.post("events", path, token, body, key=key)

    session = f"/sessions/{(await post('/sessions', _body(each), 'schedule'))['session_id']}"
    asking = {"learner_ids": [run.learners[at] for at in each.asking]}
    places = await post(f"{session}/places", asking, "places")
    ids = {at: place["place_id"] for at, place in zip(each.asking, places, strict=True)}
    for at in each.gives_up:
        await post(f"/places/{ids[at]}/cancel", {}, "gives up", at, token=run.candidate(at))
    for at in each.taken_away:
        await post(f"/places/{ids[at]}/cancel", {}, "taken away", at)
    if each.cancelled is not None:
        await post(f"{session}/cancel", {"reason": each.cancelled}, "cancel")
    if each.register:
        await post(f"{session}/register", {"entries": _entries(run, each)}, "register")


def _body(each: Class) -> dict[str, Any]:
    body = {
        "kind": each.kind,
        "title": each.title,
        "starts_at": each.starts_at,
        "ends_at": each.ends_at,
        "capacity": each.capacity,
        "duty_minutes": each.duty_minutes,
        "venue": each.venue,
        "force_id": each.force_id,
    }
    if each.kind is SessionKind.WEEK_OF_ACTION:
        return body | {"join_url": "https://meetings.example/week-of-action"}
    return body | {"module": each.module, "programme_id": PROGRAMME}


def _entries(run: Run, each: Class) -> list[dict[str, Any]]:
    return [
        {
            "learner_id": run.learners[mark.person],
            "attendance": mark.attendance,
            **({"minutes": mark.minutes} if mark.minutes is not None else {}),
        }
        for mark in each.register
    ]
