"""The Statement Resource of xAPI 1.0.3, as far as a learning platform needs it to report."""

import json
import re
from datetime import UTC
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Query, Response

from chassis.clock import now
from chassis.http import Caller, Commands, Json, Queries, body_limit
from enrolment.api.callers import PLATFORM
from enrolment.api.statement_shape import read_statements
from enrolment.api.turns import BULK
from enrolment.commands.statements import StoreStatements, store_statements
from enrolment.domain.errors import (
    StatementIdMismatch,
    StatementIdRepeated,
    StatementInvalid,
    StatementUnknown,
    XapiVersionUnsupported,
)
from enrolment.store.statements import statement_of

VERSION: Final = "1.0.3"
_HEADER: Final = "X-Experience-API-Version"
_ACCEPTED: Final = re.compile(r"1\.0(\.\d+)?")
_MAX_BYTES: Final = 8 * 1024 * 1024


async def _version(
    response: Response,
    version: Annotated[str | None, Header(alias=_HEADER, description="1.0.3")] = None,
) -> None:
    if version is None or not _ACCEPTED.fullmatch(version):
        raise XapiVersionUnsupported(field=_HEADER, given=version)
    response.headers[_HEADER] = VERSION


router = APIRouter(prefix="/xapi", tags=["xapi"])
versioned = [Depends(_version)]


@router.get("/about")
async def get_about(actor: Caller, response: Response) -> dict[str, list[str]]:
    response.headers[_HEADER] = VERSION
    return {"version": [VERSION]}


@router.post("/statements", dependencies=versioned)
@body_limit(_MAX_BYTES)
async def post_statements(run: Commands, actor: Caller, body: Annotated[Any, Body()]) -> list[UUID]:
    """One statement or a list; all are stored or none. Answers with their ids, in order."""
    actor.require(*PLATFORM)
    statements = read_statements(body, now())
    ids = [each.statement_id for each in statements]
    if len(set(ids)) != len(ids):
        raise StatementIdRepeated(field="id")
    async with BULK:
        return await run(store_statements, StoreStatements(statements))


@router.put("/statements", dependencies=versioned, status_code=204)
async def put_statement(
    run: Commands,
    actor: Caller,
    body: Annotated[dict[str, Any], Body()],
    statement_id: Annotated[UUID, Query(alias="statementId")],
) -> None:
    actor.require(*PLATFORM)
    named = {"id": str(statement_id), **body}
    (statement,) = read_statements(named, now())
    if statement.statement_id != statement_id:
        raise StatementIdMismatch(field="id")
    await run(store_statements, StoreStatements([statement]))


@router.get("/statements", dependencies=versioned)
async def get_statement(
    query: Queries,
    response: Response,
    statement_id: Annotated[UUID | None, Query(alias="statementId")] = None,
) -> Json:
    """A statement by its id. Searching is not offered: what follows from statements is progress."""
    query.actor.require(*PLATFORM)
    if statement_id is None:
        raise StatementInvalid("name a statementId", field="statementId")
    async with query() as connection:
        found = await statement_of(connection, statement_id)
    if found is None:
        raise StatementUnknown
    document = json.loads(found["document"])
    stored = found["stored_at"].astimezone(UTC).isoformat()
    answer = {"timestamp": stored, "version": "1.0.0"} | document
    answer |= {"id": str(statement_id), "stored": stored}
    headers = {
        _HEADER: VERSION,
        "X-Experience-API-Consistent-Through": now().isoformat(),
    }
    return Json(answer, headers=headers)
