"""The tables of assessment; attempts are mapped to their plain dataclass."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Enum,
    Identity,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from assessment.domain.attempt import Attempt, State
from chassis.database import mapper
from npp_contracts.codes import Form, Occasion, Outcome

metadata = MetaData()


def _word(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, values_callable=lambda k: [each.value for each in k])


learners = Table(
    "learners",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("force_id", Text, nullable=False),
    Column("learner_id", Uuid, nullable=False),
    Column("blueprint", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("part", Text, nullable=False),
    Column("occasion", _word(Occasion), nullable=False),
    Column("form", _word(Form), nullable=False),
    Column("items", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("extra_minutes", Integer, nullable=False),
    Column("state", _word(State), nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("submitted_at", DateTime(timezone=True)),
    Column("answered", Integer),
    Column("score_percent", Numeric(5, 2)),
    Column("outcome", _word(Outcome)),
    Column("valid", Boolean, nullable=False),
    Column("first_valid", Boolean, nullable=False),
    Column("released_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
)
# A learner's valid attempts in the order in which they were handed in, whatever the force: no
# column says more than ids, so that first means first even after a transfer.
standings = Table(
    "standings",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("blueprint", Text, primary_key=True),
    Column("occasion", _word(Occasion), primary_key=True),
    Column("valid", ARRAY(Uuid), nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("attempt_id", Uuid, nullable=False),
    Column("force_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

blueprints = Table(
    "blueprints",
    metadata,
    Column("code", Text, primary_key=True),
    Column("programme_id", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("part", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("pass_percent", Numeric(5, 2), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("forms", JSONB, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
)

mapper(metadata).map_imperatively(Attempt, attempts)
