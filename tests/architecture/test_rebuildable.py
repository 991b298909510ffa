"""Every projection of every service can be built anew beside the live one."""

import pytest

from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from chassis.operating.audit import Operator
from chassis.rebuilding import make, retire
from npp_ops.operating import wiring
from npp_ops.stack import services
from npp_ops.testing import PostgresForTests

OPERATOR = Operator("anna", "a test")


@pytest.mark.parametrize("name", services())
async def test_each_statement_keeps_to_tables_that_can_be_copied(
    name: str, postgres: PostgresForTests
) -> None:
    service = wiring(name)
    database = Database(postgres.database(f"rebuildable_{name}"), scope=EVERY_FORCE, size=2)
    await migrate(database.engine, service.migrations)
    for projection in service.projections:
        made = await make(database, projection, OPERATOR)
        assert {*made.own} == {each.name for each in projection.tables}
        await retire(database, projection.group, OPERATOR)
    await database.close()
