"""The tables that aggregates live in, and the mapping; other tables are reached by SQL alone."""

from typing import Final

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from chassis.database import mapper
from enrolment.domain.enrolment import Enrolment, State
from enrolment.domain.intake import Intake
from enrolment.domain.learner import Learner
from enrolment.domain.programme import Programme
from enrolment.domain.workforce import Workforce
from enrolment.store.columns import Editions, Parts, Reports, codes
from npp_contracts.codes import Rank, WorkerType

metadata: Final = MetaData()

programmes = Table(
    "programmes",
    metadata,
    Column("programme_id", Text, primary_key=True),
    Column("force_id", Text, nullable=False),
    Column("editions", Editions, nullable=False),
    Column("version", Integer, nullable=False),
)

workforces = Table(
    "workforces",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("reports", Reports, nullable=False),
    Column("version", Integer, nullable=False),
)

intakes = Table(
    "intakes",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("waiting", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

# `updated_at` of learners and enrolments is a trigger's business and not mapped.
learners = Table(
    "learners",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text, nullable=False),
    Column("collar_number", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("worker_type", codes(WorkerType), nullable=False),
    Column("rank", codes(Rank), nullable=False),
    Column("neighbourhood", Boolean, nullable=False),
    Column("joined_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("erased_on", Date),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("learner_id", Uuid, nullable=False),
    Column("force_id", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("state", codes(State), nullable=False),
    Column("parts", Parts, nullable=False),
    Column("deferred_until", Date),
    Column("reason", Text),
    Column("completed_on", Date),
    Column("version", Integer, nullable=False),
)

timeline_view = Table(
    "timeline_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("at", TIMESTAMP(timezone=True), nullable=False),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
)

_mapper = mapper(metadata)
_mapper.map_imperatively(Programme, programmes)
_mapper.map_imperatively(Workforce, workforces)
_mapper.map_imperatively(Intake, intakes)
_mapper.map_imperatively(Learner, learners)
_mapper.map_imperatively(Enrolment, enrolments)
