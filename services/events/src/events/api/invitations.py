"""A session as a calendar entry (RFC 5545, RFC 5546), in the time of Europe/London."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from icalendar import Calendar, Event, Timezone, vCalAddress, vText, vUri

from chassis.clock import now
from chassis.errors import NotFound
from chassis.http import Queries
from events.api.places import READERS, learner_of
from events.domain.place import PlaceState
from events.domain.session import SessionState
from events.store import last_place, session_row
from npp_contracts.day import LONDON

router = APIRouter(tags=["sessions"])

_YEAR = timedelta(days=366)
_ANSWER = {PlaceState.BOOKED: "ACCEPTED", PlaceState.WAITLISTED: "TENTATIVE"}

Row = Mapping[Any, Any]


@router.get(
    "/sessions/{session_id}/invitation.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
async def get_invitation(
    session_id: UUID, query: Queries, learner_id: UUID | None = None
) -> Response:
    reads = not query.actor.roles.isdisjoint(READERS)
    invited = learner_id if reads else learner_of(query.actor)
    async with query() as connection:
        session = await session_row(connection, query.actor, session_id)
        place = invited and await last_place(connection, query.actor, session_id, invited)
    if session is None:
        raise NotFound("no such session", field="session_id")
    if place is None and not (reads and learner_id is None):
        raise NotFound("no such place", field="learner_id")
    method = _method(session, place or None)
    headers = {"Content-Disposition": 'attachment; filename="invitation.ics"'}
    media = f"text/calendar; method={method}; charset=utf-8"
    return Response(_calendar(session, place or None, method, now()), 200, headers, media)


def _method(session: Row, place: Row | None) -> str:
    gone = session["state"] is SessionState.CANCELLED
    given_up = place is not None and place["state"] is PlaceState.CANCELLED
    return "CANCEL" if gone or given_up else "REQUEST"


def _calendar(session: Row, place: Row | None, method: str, at: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//NPP training platform//events//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    starts_at, ends_at = session["starts_at"], session["ends_at"]
    calendar.add_component(
        Timezone.from_tzinfo(
            LONDON,
            first_date=(starts_at - _YEAR).date(),
            last_date=(ends_at + _YEAR).date(),
        )
    )
    calendar.add_component(_event(session, place, method, at))
    return bytes(calendar.to_ical())


def _event(session: Row, place: Row | None, method: str, at: datetime) -> Event:
    event = Event()
    event.add("uid", str(session["session_id"]))
    event.add("dtstamp", at)
    event.add("sequence", session["version"])
    event.add("summary", session["title"])
    event.add("dtstart", session["starts_at"].astimezone(LONDON))
    event.add("dtend", session["ends_at"].astimezone(LONDON))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if session["venue"]:
        event.add("location", session["venue"])
    if session["join_url"]:
        event.add("url", vUri(session["join_url"]))
    host = f"urn:npp:force:{session['force_id']}"
    event.add("organizer", vCalAddress(host))
    event.add("attendee", _attendee(host, "CHAIR", "ACCEPTED"))
    if place is not None:
        learner = f"urn:uuid:{place['learner_id']}"
        answer = _ANSWER.get(place["state"], "DECLINED")
        event.add("attendee", _attendee(learner, "REQ-PARTICIPANT", answer))
    return event


def _attendee(address: str, role: str, answer: str) -> vCalAddress:
    # Ids, not addresses: names and e-mail live in enrolment only.
    attendee = vCalAddress(address)
    attendee.params["ROLE"] = vText(role)
    attendee.params["PARTSTAT"] = vText(answer)
    return attendee
