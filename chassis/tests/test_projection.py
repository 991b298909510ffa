"""What a statement's `fresh` makes of the JSON of an event."""

import pytest
from sqlalchemy import MetaData, Table, text

from chassis.clock import new_id, now
from chassis.consumer import Received
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Record
from chassis.projection import Projection, Statement
from npp_contracts.enrolment import ProgrammePublished
from npp_contracts.envelope import Envelope
from npp_ops.testing import PostgresForTests

KEEP = Statement("programme_id text, parts jsonb", "INSERT INTO kept SELECT * FROM fresh")


@pytest.mark.parametrize(
    ("parts", "kept"),
    [('[{"code": "NPP1"}]', [{"code": "NPP1"}]), ("null", None), ('{"a": null}', {"a": None})],
)
async def test_a_jsonb_column_takes_any_json(
    postgres: PostgresForTests, parts: str, kept: object
) -> None:
    projection = Projection(
        "test.kept", tables=[Table("kept", MetaData())], on={ProgrammePublished: [KEEP]}
    )
    kind = ProgrammePublished.type
    data = f'{{"programme_id": "npp", "parts": {parts}}}'.encode()
    envelope = Envelope(
        new_id(), kind, "/npp/enrolment", "npp", now(), "", "c", None, 1, "national", None, data
    )
    record = Record(ProgrammePublished.topic.name, 0, 0, 0.0, b"npp", envelope.headers(), data)
    database = Database(postgres.database("projection"), scope=EVERY_FORCE)
    async with database.session() as session:
        await session.execute(text("CREATE TABLE kept (programme_id text, parts jsonb)"))
        received = Received(record, envelope, projection.decode(envelope))
        await projection.apply("test", session, [received])
        row = (await session.execute(text("SELECT parts, parts IS NULL FROM kept"))).one()
    await database.close()
    assert tuple(row) == (kept, kept is None)
