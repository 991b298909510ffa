"""The replicas: whose learner somebody is, and which modules the programme has."""

from chassis.projection import Projection, Statement
from events.store import learners, modules
from npp_contracts.enrolment import (
    LearnerErased,
    LearnerRegistered,
    LearnerTransferred,
    ProgrammePublished,
)

_PLACE_LEARNERS = Statement(
    "learner_id uuid, force_id text, sequence bigint",
    """
    INSERT INTO learners (learner_id, force_id, sequence)
    SELECT DISTINCT ON (learner_id) learner_id, force_id, sequence
    FROM fresh ORDER BY learner_id, sequence DESC
    ON CONFLICT (learner_id) DO UPDATE
    SET force_id = excluded.force_id, sequence = excluded.sequence
    WHERE learners.sequence < excluded.sequence
    """,
)

_ADD_MODULES = Statement(
    "programme_id text, parts jsonb",
    """
    INSERT INTO modules (programme_id, module)
    SELECT DISTINCT programme_id, module ->> 'code'
    FROM fresh, jsonb_array_elements(parts) part, jsonb_array_elements(part -> 'modules') module
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    """,
)

# The last that is said of somebody: from then on nobody of that id is known here.
_FORGET = Statement(
    "learner_id uuid",
    "DELETE FROM learners AS l USING fresh AS f WHERE l.learner_id = f.learner_id",
)

PROJECTIONS = [
    Projection(
        "events.learners",
        tables=[learners],
        on={
            LearnerRegistered: [_PLACE_LEARNERS],
            LearnerTransferred: [_PLACE_LEARNERS],
            LearnerErased: [_FORGET],
        },
    ),
    Projection("events.modules", tables=[modules], on={ProgrammePublished: [_ADD_MODULES]}),
]
