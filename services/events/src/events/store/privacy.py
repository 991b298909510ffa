"""What events holds about learners, and what an erasure does to it."""

from pathlib import Path
from typing import Final

from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.holdings import OPAQUE, STAFF, chassis_holdings
from chassis.privacy.retention import Rules

_IDS: Final = (
    "SELECT unnest($1::uuid[])::text UNION ALL SELECT place_id::text FROM places"
    " WHERE learner_id = ANY($1::uuid[])"
)

HOLDINGS: Final = (
    *chassis_holdings(_IDS),
    Holding(
        "attendance-reasons",
        "attendance_reasons",
        what="why somebody's attendance was marked otherwise than measured, in words",
        purpose="an override carries a reason",
        source="whoever takes the register",
        of="place_id IN (SELECT place_id FROM places WHERE learner_id = ANY($1::uuid[]))",
        erased={"reason": "''"},
        kept={"place_id, version, force_id, given_at": OPAQUE, "given_by": STAFF},
        since="given_at",
    ),
    Holding(
        "places",
        "places",
        what="places at sessions, booked, waited for and cancelled, and attendance",
        purpose="who comes, who came, and duty time spent on training",
        source="the learner, organisers, the register",
        kept={
            "place_id, force_id, session_id, learner_id, position, state, cancelled_by, late,"
            " attendance, minutes, version, updated_at": OPAQUE
        },
    ),
    Holding(
        "force-of-learner",
        "learners",
        what="in which force the learner is",
        purpose="who may see and book places",
        source="enrolment",
        deleted=True,
    ),
)

PRIVACY: Final = Privacy(
    "events",
    HOLDINGS,
    [
        Impersonal(
            "sessions",
            "what is held when, where and by which force",
            {"title": "of a session", "venue": "a place, not a person"},
        ),
        Impersonal("modules", "which modules the programme has"),
    ],
    Rules.read(Path(__file__).with_name("retention.toml")),
)
