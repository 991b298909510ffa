"""A flow goes on with the trace of the event that it acts on."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from chassis.clock import now
from chassis.consumer import Flow
from chassis.consumer.received import Received
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Record
from chassis.migrate import migrate
from chassis.work import Work
from npp_contracts.envelope import Envelope
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioSubmitted
from npp_ops.testing import PostgresForTests

from .specimen import service as specimen
from .specimen.service import Folder, submitted

CAME_WITH = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def answer(work: Work, event: PortfolioSubmitted, _meta: Envelope) -> None:
    await specimen.open_folder(work, event.force_id)


ANSWER = Flow("specimen.answer", {PortfolioSubmitted: answer})


@pytest.fixture(scope="module")
async def database(postgres: PostgresForTests) -> AsyncIterator[Database]:
    made = Database(postgres.database("traces"), scope=EVERY_FORCE)
    await migrate(made.engine, specimen.MIGRATIONS)
    yield made
    await made.close()


async def answered(database: Database, traceparent: str | None) -> str | None:
    """What the event that follows says of its trace."""
    about = submitted(Folder(PortfolioId(uuid4()), LearnerId(uuid4()), "derbyshire"))
    said = Envelope.of(
        about, id=uuid4(), time=now(), sequence=1, correlationid="c", traceparent=traceparent
    )
    record = Record("test", 0, 0, 0.0, said.key, said.headers(), said.data)
    async with database.session() as session:
        await ANSWER.apply("portfolio", session, [Received(record, said, about)])
    async with database.connection() as connection:
        sql = text("SELECT traceparent FROM event_log WHERE causationid = :id")
        found: str | None = (await connection.execute(sql, {"id": str(said.id)})).scalar_one()
    return found


async def test_what_it_records_is_a_child_of_its_span(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    recorded = await answered(database, CAME_WITH)
    (span,) = kept.get_finished_spans()
    assert span.name == ANSWER.group
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" == CAME_WITH[3:-3]
    assert span.context is not None
    assert recorded == f"00-{span.parent.trace_id:032x}-{span.context.span_id:016x}-01"


@pytest.mark.parametrize("traceparent", [CAME_WITH, None])
async def test_untraced_it_hands_on_what_came(database: Database, traceparent: str | None) -> None:
    assert await answered(database, traceparent) == traceparent
