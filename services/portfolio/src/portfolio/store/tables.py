"""The tables as SQLAlchemy knows them, and the domain's dataclasses mapped to them."""

from enum import StrEnum
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.database import mapper
from npp_contracts.codes import EvidenceKind
from portfolio.domain.assessment import Decision, Verdict
from portfolio.domain.evidence import Evidence
from portfolio.domain.framework import Framework
from portfolio.domain.log import LogEntry
from portfolio.domain.portfolio import Portfolio, State

E = TypeVar("E", bound=StrEnum)

metadata = MetaData()
_INSTANT = DateTime(timezone=True)


def _word(kind: type[E]) -> Enum:
    values = [member.value for member in kind]
    return Enum(kind, native_enum=False, create_constraint=False, values_callable=lambda _: values)


frameworks = Table(
    "frameworks",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("programme_id", Text),
    Column("part", Text),
    Column("criteria", JSONB),
    Column("published_at", _INSTANT),
)
portfolios = Table(
    "portfolios",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("enrolment_id", Uuid),
    Column("programme_id", Text),
    Column("programme_version", Integer),
    Column("part", Text),
    Column("framework", Text),
    Column("framework_version", Integer),
    Column("force_id", Text),
    Column("criteria", ARRAY(Text)),
    Column("opened_at", _INSTANT),
    Column("updated_at", _INSTANT),
    Column("state", _word(State)),
    Column("state_before", _word(State)),
    Column("revision", Integer),
    Column("sampled", Boolean),
    Column("assessor_id", Text),
    Column("verifier_id", Text),
    Column("signer_id", Text),
    Column("signed_at", _INSTANT),
    Column("content_sha256", Text),
    Column("covered", ARRAY(Text)),
    Column("contributors", ARRAY(Text)),
    Column("log_length", Integer),
    Column("log_head", Text),
    Column("version", BigInteger),
)
evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", Uuid, primary_key=True),
    Column("portfolio_id", Uuid),
    Column("kind", _word(EvidenceKind)),
    Column("title", Text),
    Column("reference", Text),
    Column("criteria", ARRAY(Text)),
    Column("event_date", Date),
    Column("entry_date", Date),
    Column("recorded_by", Text),
    Column("recorded_at", _INSTANT),
)
decisions = Table(
    "decisions",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("criterion", Text, primary_key=True),
    Column("decision", _word(Verdict)),
    Column("valid", Text),
    Column("authentic", Text),
    Column("reliable", Text),
    Column("current", Text),
    Column("sufficient", Text),
    Column("assessor_id", Text),
    Column("decided_at", _INSTANT),
)
decision_log = Table(
    "decision_log",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", _INSTANT),
    Column("actor", Text),
    Column("action", Text),
    Column("facts", JSONB),
    Column("previous_sha256", Text),
    Column("sha256", Text),
)

_map = mapper(metadata).map_imperatively
_map(Framework, frameworks)
_map(Portfolio, portfolios)
_map(Evidence, evidence)
_map(Decision, decisions)
_map(LogEntry, decision_log)
