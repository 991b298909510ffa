"""The calendar file, read back by a parser, for who has a place and who organises."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from .world import DERBYSHIRE, NATION, World, candidate, session_body

TITLE = "Faces in our communities: crime, disorder; and more"


async def invitation(
    world: World, session_id: str, claims: dict[str, Any] = DERBYSHIRE
) -> tuple[Calendar, Any]:
    answer = await world.get(f"/sessions/{session_id}/invitation.ics", claims)
    assert answer.status_code == 200, answer.text
    calendar = Calendar.from_ical(answer.text)
    assert isinstance(calendar, Calendar)
    assert f"method={calendar['METHOD']}" in answer.headers["Content-Type"]
    (event,) = calendar.walk("VEVENT")
    return calendar, event


@pytest.mark.parametrize(("month", "offset"), [("06", "+01:00"), ("12", "+00:00")])
async def test_an_invitation_is_in_london_time(world: World, month: str, offset: str) -> None:
    given = {
        "starts_at": f"2027-{month}-18T12:00:00{offset}",
        "ends_at": f"2027-{month}-18T13:00:00{offset}",
        "title": TITLE,
        "venue": "Ripley",
        "join_url": "https://meet.example/1",
    }
    session = (await world.post("/sessions", session_body() | given)).json()
    calendar, event = await invitation(world, session["session_id"])
    assert (calendar["METHOD"], event["STATUS"]) == ("REQUEST", "CONFIRMED")
    assert event.decoded("DTSTART") == datetime(
        2027, int(month), 18, 12, tzinfo=ZoneInfo("Europe/London")
    )
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    assert (event["SUMMARY"], event["LOCATION"]) == (TITLE, "Ripley")
    assert event["URL"] == "https://meet.example/1"


async def test_the_uid_stays_and_the_sequence_rises_to_the_cancellation(world: World) -> None:
    session_id = await world.session()
    seen = [await invitation(world, session_id)]
    await world.call("PATCH", f"/sessions/{session_id}", DERBYSHIRE, {"venue": "Buxton"})
    seen.append(await invitation(world, session_id))
    await world.post(f"/sessions/{session_id}/cancel", {"reason": "other"})
    seen.append(await invitation(world, session_id))
    assert {event["UID"] for _, event in seen} == {session_id}
    assert [event["SEQUENCE"] for _, event in seen] == [1, 2, 3]
    assert [calendar["METHOD"] for calendar, _ in seen] == ["REQUEST", "REQUEST", "CANCEL"]
    assert seen[2][1]["STATUS"] == "CANCELLED"


async def test_a_learner_gets_the_invitation_of_their_own_place(world: World) -> None:
    session_id = await world.session(NATION, capacity=1)
    me, waiting, stranger = await world.learners(3)
    mine, _ = await world.book(session_id, [me, waiting])
    for learner, answer in ((me, "ACCEPTED"), (waiting, "TENTATIVE")):
        _, event = await invitation(world, session_id, candidate(learner))
        assert attendees(event) == {
            "urn:npp:force:national": "ACCEPTED",
            f"urn:uuid:{learner}": answer,
        }
    await world.post(f"/places/{mine['place_id']}/cancel", {}, candidate(me))
    calendar, _ = await invitation(world, session_id, candidate(me))
    assert calendar["METHOD"] == "CANCEL"
    path = f"/sessions/{session_id}/invitation.ics"
    assert (await world.get(path, candidate(stranger))).status_code == 404
    assert (await world.get(f"{path}?learner_id={stranger}")).status_code == 404
    assert (await world.get(f"{path}?learner_id={waiting}")).status_code == 200


def attendees(event: Any) -> dict[str, str]:
    return {str(each): each.params["PARTSTAT"] for each in event["ATTENDEE"]}


async def test_every_line_of_the_file_fits(world: World) -> None:
    session_id = await world.session(title="W" * 200)
    answer = await world.get(f"/sessions/{session_id}/invitation.ics")
    lines = answer.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
