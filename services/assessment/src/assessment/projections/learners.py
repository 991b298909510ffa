"""The replica of who is known, in which force; set-based, since a nation arrives at once."""

from typing import Final

from assessment.store.tables import learners
from chassis.projection import Projection, Statement
from npp_contracts.enrolment import LearnerErased, LearnerRegistered, LearnerTransferred

# The latest word wins, in whatever order the two types are applied.
_KEEP_FORCE: Final = Statement(
    "learner_id uuid, force_id text, sequence bigint",
    """
    WITH last AS (
        SELECT DISTINCT ON (learner_id) learner_id, force_id, sequence FROM fresh
        ORDER BY learner_id, sequence DESC
    )
    INSERT INTO learners AS l (learner_id, force_id, sequence)
    SELECT learner_id, force_id, sequence FROM last ORDER BY learner_id
    ON CONFLICT (learner_id) DO UPDATE
    SET force_id = excluded.force_id, sequence = excluded.sequence
    WHERE l.sequence < excluded.sequence
    """,
)

# The last that is said of somebody: from then on nobody of that id is known here.
_FORGET: Final = Statement(
    "learner_id uuid",
    "DELETE FROM learners AS l USING fresh AS f WHERE l.learner_id = f.learner_id",
)

LEARNERS: Final = Projection(
    "assessment.learners",
    tables=[learners],
    on={
        LearnerRegistered: [_KEEP_FORCE],
        LearnerTransferred: [_KEEP_FORCE],
        LearnerErased: [_FORGET],
    },
)
