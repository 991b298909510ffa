"""What enrolment holds about learners: all that tells who somebody is, and what erases it."""

from pathlib import Path
from typing import Final

from chassis.privacy import Holding, Impersonal, Privacy
from chassis.privacy.holdings import OPAQUE, STAFF, chassis_holdings
from chassis.privacy.retention import Rules

_IDS: Final = (
    "SELECT unnest($1::uuid[])::text UNION ALL SELECT enrolment_id::text FROM enrolments"
    " WHERE learner_id = ANY($1::uuid[])"
)
# As `who_had` decides: the first holder of a number has it for any day before.
_HAD_NUMBER: Final = """EXISTS (
    SELECT FROM postings p WHERE p.learner_id = ANY($1::uuid[])
      AND p.force_id = statements.force_id AND p.collar_number = statements.collar_number
      AND (achieved_on < p.valid_to OR p.valid_to IS NULL)
      AND (achieved_on >= p.valid_from OR NOT EXISTS (
          SELECT FROM postings e WHERE e.force_id = p.force_id
            AND e.collar_number = p.collar_number AND e.valid_from < p.valid_from)))"""
_HAS_ADDRESS: Final = """EXISTS (
    SELECT FROM learners l WHERE l.learner_id = ANY($1::uuid[])
      AND l.email <> '' AND statements.email = l.email)"""
_NAMES_ADDRESS: Final = """EXISTS (
    SELECT FROM learners l WHERE l.learner_id = ANY($1::uuid[])
      AND l.email <> '' AND position('mailto:' || l.email IN lower(document::text)) > 0)"""
_IN_ROW: Final = """EXISTS (
    SELECT FROM learners l WHERE l.learner_id = ANY($1::uuid[]) AND l.email <> '' AND (
        lower(trim(cells ->> 'email')) = l.email
        OR (lower(trim(cells ->> 'given_name')) = lower(l.given_name)
            AND lower(trim(cells ->> 'family_name')) = lower(l.family_name)))
) OR EXISTS (
    SELECT FROM postings p, uploads u
    WHERE p.learner_id = ANY($1::uuid[]) AND u.upload_id = rejected_rows.upload_id
      AND upper(trim(cells ->> 'collar_number')) = p.collar_number
      AND (u.kind = 'completions' OR u.force_id = p.force_id))"""
_TRAINING: Final = "training of the neighbourhood policing workforce, and its figures"
_ROSTER: Final = "the force's roster"

HOLDINGS: Final = (
    *chassis_holdings(_IDS),
    # What is found by a name, an address or a number goes first, these last.
    Holding(
        "statements",
        "statements",
        what="xAPI statements of the learning platform, as they came",
        purpose="completions are counted once",
        source="the learning platform",
        of=f"learner_id = ANY($1::uuid[]) OR {_HAD_NUMBER} OR {_HAS_ADDRESS}",
        recipients="the learning platform; who operates the platform",
        erased={
            "outcome": "CASE outcome WHEN 'queued' THEN 'ignored' ELSE outcome END",
            "force_id": "NULL",
            "collar_number": "NULL",
            "email": "NULL",
            "document": "'{}'::json",
        },
        kept={
            "statement_id, module, achieved_on, stored_at, learner_id": OPAQUE,
            "sha256": "by which the same statement is known when it comes again, and not kept anew",
        },
        since="stored_at",
        late="learner_id = ANY($1::uuid[])",
    ),
    Holding(
        "mentions",
        "statements",
        what="xAPI statements about somebody else that name the learner, as an instructor say",
        purpose="as sent by the learning platform; nothing is done with it",
        source="the learning platform",
        of=_NAMES_ADDRESS,
        recipients="the learning platform; who operates the platform",
        erased={"document": "'{}'::json"},
        kept={
            "statement_id, outcome, force_id, collar_number, email, module, achieved_on, sha256,"
            " stored_at, learner_id": "somebody else's, whom it may still have to wait for"
        },
        late="cardinality($1::uuid[]) < 0",
    ),
    Holding(
        "rejected-rows",
        "rejected_rows",
        what="rows of rosters and completion files that could not be taken, as they came",
        purpose="whoever sent the file corrects them",
        source="the force; the learning platform",
        of=_IN_ROW,
        recipients="who sent the file",
        deleted=True,
        since="(SELECT uploaded_at FROM uploads u WHERE u.upload_id = rejected_rows.upload_id)",
        late="cardinality($1::uuid[]) < 0",
    ),
    Holding(
        "timeline",
        "timeline_view",
        what="what the other services said happened to the learner, in order",
        purpose="one view of somebody's training",
        source="the other services' events",
        recipients="the learner; staff of the learner's force",
        deleted=True,
    ),
    Holding(
        "achievements",
        "achievements",
        what="what was achieved and waits for an enrolment",
        purpose=_TRAINING,
        source="the learning platform; the other services' events",
        kept={"learner_id, kind, code, programme_id, programme_version, achieved_on, via": OPAQUE},
    ),
    Holding(
        "enrolments",
        "enrolments",
        what="on which parts the learner is, and what of each is done",
        purpose=_TRAINING,
        source="the force; the programme's rules",
        kept={
            "enrolment_id, learner_id, force_id, programme_id, programme_version, state, parts,"
            " deferred_until, completed_on, version, updated_at": OPAQUE,
            "reason": "a word of a closed list",
        },
    ),
    Holding(
        "collar-numbers",
        "postings",
        what="which collar number the learner had, where and when",
        purpose="files find the right person",
        source=_ROSTER,
        deleted=True,
    ),
    Holding(
        "learners",
        "learners",
        what="name, address, collar number, role, first day",
        purpose=_TRAINING,
        source=_ROSTER,
        erased={
            "collar_number": "''",
            "given_name": "''",
            "family_name": "''",
            "email": "''",
        },
        kept={
            "learner_id, force_id, worker_type, rank, neighbourhood, joined_on, version,"
            " updated_at, erased_on": OPAQUE
        },
    ),
    Holding(
        "requests",
        "erasure_requests",
        what="who asked for an erasure, on what ground, and when it was done",
        purpose="the proof that it was right and in time (UK GDPR Art. 5(2))",
        source="a data protection officer",
        kept={
            "learner_id, force_id, force_ids, ground, requested_on, due_on, erased_at": OPAQUE,
            "erased_by": STAFF,
            "reason": "words that name none of what identified the learner: refused otherwise",
        },
        until="for ever",
    ),
)

PRIVACY: Final = Privacy(
    "enrolment",
    HOLDINGS,
    [
        Impersonal("programmes", "what the programme consists of"),
        Impersonal("workforces", "headcounts of forces"),
        Impersonal("intakes", "how many statements of each force wait, and how often it was told"),
        Impersonal("portfolios", "which programme version a portfolio is for"),
        Impersonal(
            "erasures_due",
            "by when each force is to erase its own copy, by its pseudonym, which nothing"
            " translates any more",
        ),
        Impersonal("uploads", "which files came, by hash and counts", {"uploaded_by": STAFF}),
        Impersonal(
            "forgotten_numbers",
            "keyed hashes of collar numbers of those who were erased, and when they had them: who"
            " is given such a number is not given their past, and no file brings them back",
        ),
        Impersonal(
            "forgotten_addresses",
            "keyed hashes of addresses of those who were erased, so that none is kept anew",
        ),
    ],
    Rules.read(Path(__file__).with_name("retention.toml")),
)
