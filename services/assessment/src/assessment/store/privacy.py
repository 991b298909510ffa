"""What assessment holds about learners, and what an erasure does to it."""

from pathlib import Path
from typing import Final

from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.holdings import OPAQUE, STAFF, chassis_holdings
from chassis.privacy.retention import Rules

_ATTEMPTS: Final = "SELECT attempt_id FROM attempts WHERE learner_id = ANY($1::uuid[])"
_IDS: Final = (
    "SELECT unnest($1::uuid[])::text UNION ALL SELECT attempt_id::text FROM attempts"
    " WHERE learner_id = ANY($1::uuid[])"
)
_MEASURING: Final = "whether the training improves what people know, for the programme's figures"

HOLDINGS: Final = (
    *chassis_holdings(_IDS),
    Holding(
        "attempts",
        "attempts",
        what="each sitting of an assessment: when, which form, the choices, the result",
        purpose=_MEASURING,
        source="the learner",
        # A choice is one of four letters, but all of somebody's are a pattern of their own.
        erased={"answers": "'{}'::jsonb"},
        kept={
            "attempt_id, force_id, learner_id, blueprint, programme_id, programme_version, part,"
            " occasion, form, items, minutes, state, started_at, submitted_at, answered,"
            " score_percent, outcome, valid, first_valid, released_at, version": OPAQUE,
            "extra_minutes": "what the score was measured under; nothing says why it was given",
        },
        since="released_at",
    ),
    Holding(
        "order-of-attempts",
        "standings",
        what="which valid attempt came first",
        purpose=_MEASURING,
        source="the order of attempts",
        kept={"learner_id, blueprint, occasion, valid": OPAQUE},
    ),
    Holding(
        "attempts-audit",
        "audit",
        what="who gave extra time, noted an absence or voided an attempt",
        purpose="an audit that can't be altered",
        source="staff of the force",
        of=f"attempt_id IN ({_ATTEMPTS})",
        kept={
            "position, attempt_id, force_id, action, at": OPAQUE,
            "detail": "minutes, or a word of a closed list; no free text",
            "person": STAFF,
        },
    ),
    # Last: until the rest is gone it says whose force it was.
    Holding(
        "force-of-learner",
        "learners",
        what="in which force the learner is",
        purpose="who may see and begin attempts",
        source="enrolment",
        deleted=True,
    ),
)

PRIVACY: Final = Privacy(
    "assessment",
    HOLDINGS,
    [
        Impersonal(
            "blueprints",
            "questions, marks and times",
            {"published_by": STAFF, "title": "of an assessment"},
        )
    ],
    Rules.read(Path(__file__).with_name("retention.toml")),
)
