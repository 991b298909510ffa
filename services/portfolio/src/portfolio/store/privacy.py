"""What portfolio holds about learners, and what an erasure does to it."""

from pathlib import Path
from typing import Final

from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.holdings import OPAQUE, STAFF, chassis_holdings
from chassis.privacy.retention import Rules

_OWN: Final = "portfolio_id IN (SELECT portfolio_id FROM portfolios\
 WHERE learner_id = ANY($1::uuid[]))"
_IDS: Final = (
    "SELECT unnest($1::uuid[])::text UNION ALL SELECT portfolio_id::text FROM portfolios"
    " WHERE learner_id = ANY($1::uuid[])"
)
_ENROLLED: Final = "SELECT enrolment_id FROM enrolled_parts WHERE learner_id = ANY($1::uuid[])"
_SIGNED: Final = "SELECT signed_at FROM portfolios p WHERE p.portfolio_id = {}.portfolio_id"
_COMPETENCE: Final = "assessing competence by evidence of real work"

HOLDINGS: Final = (
    *chassis_holdings(_IDS),
    Holding(
        "evidence",
        "evidence",
        what="pointers to real work: a title, where it lives, when it was done",
        purpose=_COMPETENCE,
        source="the learner; witnesses",
        of=_OWN,
        erased={"title": "''", "reference": "''"},
        kept={
            "evidence_id, portfolio_id, kind, criteria, event_date, entry_date,"
            " recorded_at": OPAQUE,
            "recorded_by": STAFF,
        },
        since=f"({_SIGNED.format('evidence')})",
    ),
    Holding(
        "decisions",
        "decisions",
        what="per criterion the assessor's decision and notes in words",
        purpose=_COMPETENCE,
        source="the assessor",
        of=_OWN,
        erased=dict.fromkeys(("valid", "authentic", "reliable", "current", "sufficient"), "''"),
        kept={
            "portfolio_id, revision, criterion, decision, decided_at": OPAQUE,
            "assessor_id": STAFF,
        },
        since=f"({_SIGNED.format('decisions')})",
    ),
    Holding(
        "decision-log",
        "decision_log",
        what="who did what to a portfolio and when, each entry chained to the one before",
        purpose="an audit that can't be altered",
        source="the service's own decisions",
        of=_OWN,
        kept={
            "portfolio_id, position, at, action, previous_sha256, sha256": OPAQUE,
            "facts": "codes, ids and hashes; no free text",
            "actor": STAFF,
        },
    ),
    Holding(
        "portfolios",
        "portfolios",
        what="portfolios and how far each is",
        purpose="the headline: who has completed a portfolio",
        source="enrolment; whoever assesses and signs",
        kept={
            "portfolio_id, learner_id, enrolment_id, programme_id, programme_version, part,"
            " framework, framework_version, force_id, criteria, opened_at, updated_at, state,"
            " state_before, revision, sampled, signed_at, covered, log_length, log_head,"
            " version": OPAQUE,
            "assessor_id, verifier_id, signer_id, contributors": STAFF,
            "content_sha256": "that this was signed; what was signed can't be had from it",
        },
    ),
    Holding(
        "enrolled-parts",
        "enrolled_parts",
        what="on which parts the learner is",
        purpose="which portfolios are to be opened",
        source="enrolment",
        kept={
            "enrolment_id, part, learner_id, programme_id, programme_version, force_id,"
            " sequence": OPAQUE
        },
    ),
    Holding(
        "withdrawals",
        "withdrawals",
        what="which enrolments were withdrawn",
        purpose="their portfolios are closed",
        source="enrolment",
        of=f"enrolment_id IN ({_ENROLLED})",
        kept={"enrolment_id, sequence": OPAQUE},
    ),
    Holding(
        "force-of-learner",
        "transfers",
        what="in which force a learner is who has moved",
        purpose="who may see the portfolio",
        source="enrolment",
        kept={"learner_id, force_id, sequence": OPAQUE},
    ),
)

PRIVACY: Final = Privacy(
    "portfolio",
    HOLDINGS,
    [
        Impersonal("frameworks", "standards to assess against"),
        Impersonal("programme_parts", "which parts need a portfolio"),
    ],
    Rules.read(Path(__file__).with_name("retention.toml")),
)
