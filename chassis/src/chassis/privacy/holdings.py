"""What is held about learners, table by table: why, for whom, and what an erasure does to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

OPAQUE: Final = "an id, a code, a date or a number: once nothing leads from the id to a person, \
it tells of nobody, and figures go on counting it"
"""Why most of what is kept after an erasure may be."""
STAFF: Final = "the opaque id of a member of staff who did it: what was decided stays attributable"
OWN_DAYS: Final = "as long as the record of training; the controller has set no period"


@dataclass(frozen=True)
class Holding:
    """One class of records about learners; erased, exported and disposed of by what stands here.

    of: SQL that is true of the rows of the learners in $1::uuid[]. deleted: an erasure deletes
    these rows. erased: else, by column, the SQL of what takes its place. kept: columns that stay,
    by `a, b, c`, with the reason; with `erased` they are all columns of the table. since: SQL of
    the moment from which the retention rule of the same name counts; no rule without one. until:
    how long it is kept where no rule says it. force: a column with the force, where the table has
    no row-level security; a force is shown nothing of a table that has neither. late: as `of`, for
    rows that came after an erasure, where `of` asks for what is gone by then, or too much at once.
    """

    name: str
    table: str
    what: str
    purpose: str
    source: str
    of: str = "learner_id = ANY($1::uuid[])"
    recipients: str = "staff of the learner's force; who operates the platform"
    deleted: bool = False
    erased: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    until: str = OWN_DAYS
    force: str | None = None
    late: str | None = None

    @property
    def columns(self) -> set[str] | None:
        """The columns that are accounted for; None means all, whatever they are."""
        if self.deleted:
            return None
        names = {name.strip() for names in self.kept for name in names.split(",")}
        return names | set(self.erased)


@dataclass(frozen=True)
class Impersonal:
    """A table that holds nothing about learners. but: columns that look as if, and why not."""

    table: str
    why: str
    but: Mapping[str, str] = field(default_factory=dict)


def chassis_holdings(ids: str) -> Sequence[Holding]:
    """What every service holds beside its own.

    ids: SQL that lists, as text, the ids of the learners in $1::uuid[] and of all that is theirs.
    """
    return [_answers(ids), _events(ids), *_ERASING]


def _answers(ids: str) -> Holding:
    return Holding(
        "answered-requests",
        "idempotency_keys",
        what="the answer to a request with an Idempotency-Key, to be given again",
        purpose="the same request again has no second effect",
        source="the service's own answers",
        of=f"subject IN ({ids}) OR EXISTS (SELECT FROM ({ids}) AS i (id)"
        " WHERE position(convert_to(i.id, 'UTF8') IN body) > 0)",
        # The key stays, or the same request again would act again.
        erased={"body": "''::bytea"},
        kept={"subject, key, request_sha256, status, headers, created_at": OPAQUE},
        until="30 days",
        late=f"subject IN ({ids})",
    )


def _events(ids: str) -> Holding:
    return Holding(
        "events",
        "event_log",
        what="what happened, as other services were told it",
        purpose="the record from which everything else can be made again",
        source="the service's own decisions",
        of=f"aggregateid IN ({ids})",
        recipients="the platform's services; the force's feed and webhooks, under pseudonyms",
        kept={
            "position, recorded_at, id, aggregatetype, aggregateid, type, sequence, forceid,"
            " time, correlationid, causationid, traceparent": OPAQUE,
            "payload": f"no event has a field for a name or for free text (a test); {OPAQUE}",
        },
        force="forceid",
        until="for ever: a log is added to, never altered",
    )


_ERASING: Final = (
    Holding(
        "receipts",
        "erasures",
        what="that a learner was erased, when, and how many rows it was",
        purpose="the proof that it was done, in time (UK GDPR Art. 5(2), 12(3))",
        source="the erasure itself",
        kept={"learner_id, force_ids, force_id, due_on, erased_at, rows": OPAQUE},
        until="for ever",
    ),
    Holding(
        "holds",
        "holds",
        what="that nothing may be erased or disposed of for now",
        purpose="legal claims (UK GDPR Art. 17(3)(e), 18)",
        source="a data protection officer",
        kept={"learner_id, since": "gone when the hold is lifted; nobody is erased before"},
        until="until it is lifted",
    ),
)
CHASSIS_IMPERSONAL: Final = (
    Impersonal("alembic_version", "which migrations have run"),
    Impersonal("outbox", "which events are still to be published"),
    Impersonal("checkpoints", "how far the topics were read"),
    Impersonal("streams", "consumer groups and topics"),
    Impersonal("sequences", "the last event applied of each key", {"key": OPAQUE}),
    Impersonal(
        "parked_events",
        "events that wait for an earlier one, until it comes",
        {"key": OPAQUE, "payload": "an event: no field for a name or for free text"},
    ),
    Impersonal(
        "dead_letters",
        "events that could not be applied, until an operator deals with them",
        {
            "key": OPAQUE,
            "payload": "an event: no field for a name or for free text; what is none is looked at"
            " by an operator (npp dlq show)",
            "reason": "a word of a closed list",
            "detail": "why, in the service's own words",
            "closed_by": "an operator",
            "closed_because": "an operator's words about an event; they name an opaque id at most",
        },
    ),
    Impersonal(
        "controls",
        "what operators have paused",
        {"paused_by": "an operator", "paused_because": "an operator's words about the service"},
    ),
    Impersonal(
        "operations",
        "what operators and data protection officers did; it can't be altered",
        {
            "actor": STAFF,
            "because": "a reason or a reference; one that names the learner is refused",
            "facts": "counts and codes",
            "target": "what it was done to: a group, a topic, an opaque id",
        },
    ),
    Impersonal(
        "generations",
        "read models built anew",
        {"made_by": "an operator", "made_because": "an operator's words about the service"},
    ),
    Impersonal("disposals", "what retention has disposed of: counts, never whose"),
)
"""The chassis's other tables."""
