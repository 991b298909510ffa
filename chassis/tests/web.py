"""The specimen's HTTP side, and a client that speaks to it over a real ASGI transport."""

from typing import Any
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from chassis.csvio import read_csv
from chassis.errors import Invalid, Refusal
from chassis.http import (
    Caller,
    Commands,
    CsvBody,
    Cursor,
    IfMatch,
    Json,
    Queries,
    body_limit,
    csv_upload,
    etag,
    page,
)
from chassis.service import Service
from chassis.testing.service import ServiceUnderTest
from chassis.work import Work
from npp_contracts.ids import LearnerId, PortfolioId

from .specimen import service as specimen
from .specimen.service import Folder, submitted

router = APIRouter()


class FolderClosed(Refusal):
    title = "The folder is closed"


class OpenFolder(BaseModel):
    model_config = ConfigDict(frozen=True)
    learner_id: LearnerId
    parts: list[int] = Field(default=[], max_length=3)


class Submit(BaseModel):
    model_config = ConfigDict(frozen=True)
    portfolio_id: UUID
    version: int | None = None
    close: bool = False


class Opened(BaseModel):
    portfolio_id: UUID
    version: int


async def open_folder(work: Work, command: OpenFolder) -> Folder:
    work.actor.require("force-admin")
    portfolio_id = PortfolioId(command.learner_id)
    folder = work.add(Folder(portfolio_id, command.learner_id, work.actor.force_id))
    return work.record(folder, submitted(folder))


async def submit(work: Work, command: Submit) -> Folder:
    folder = await work.get(Folder, command.portfolio_id, version=command.version)
    work.record(folder, submitted(folder))
    if command.close:
        raise FolderClosed("it was closed yesterday", state="closed")
    return folder


@router.post("/folders", status_code=201)
async def post_folder(run: Commands, body: OpenFolder, response: Response) -> Opened:
    folder = await run(open_folder, body)
    response.headers["ETag"] = etag(folder.version)
    return Opened(portfolio_id=folder.portfolio_id, version=folder.version)


@router.post("/folders/{portfolio_id}/submit")
async def post_submit(
    run: Commands, portfolio_id: UUID, version: IfMatch, close: bool = False
) -> Opened:
    command = Submit(portfolio_id=portfolio_id, version=version, close=close)
    folder = await run(submit, command)
    return Opened(portfolio_id=folder.portfolio_id, version=folder.version)


@router.post("/folders/{portfolio_id}/late")
async def post_late_refusal(run: Commands, portfolio_id: UUID) -> Opened:
    await run(submit, Submit(portfolio_id=portfolio_id))
    raise FolderClosed


@router.get("/folders")
async def get_folders(query: Queries, cursor: Cursor) -> Response:
    sql = text(
        "SELECT portfolio_id, force_id FROM folders WHERE portfolio_id::text > :after"
        " ORDER BY portfolio_id::text LIMIT :rows"
    )
    (after,) = cursor.after_or("")
    async with query() as connection:
        found = await connection.execute(sql, {"after": after, "rows": cursor.rows})
        return Json(page(found.mappings().all(), cursor.limit, key=["portfolio_id"]))


@router.post("/write-in-query")
async def post_write_in_query(query: Queries) -> None:
    async with query() as connection:
        await connection.execute(text("DELETE FROM folders"))


@router.post("/rows")
@csv_upload
async def post_rows(actor: Caller, body: CsvBody) -> dict[str, int]:
    return {"rows": sum(1 for _ in read_csv(body, ["force", "name"]))}


@router.post("/large")
@body_limit(3_000_000)
async def post_large(actor: Caller, body: dict[str, str]) -> dict[str, int]:
    return {"length": len(body["text"])}


@router.get("/broken")
async def get_broken(actor: Caller) -> None:
    raise ZeroDivisionError("secret of the database")


@router.get("/invalid")
async def get_invalid(actor: Caller) -> None:
    raise Invalid("must be later", field="ends_at", rule="after-start", starts_at="2026-01-01")


@router.get("/me")
async def get_me(actor: Caller) -> dict[str, str]:
    return {"subject": actor.subject, "force_id": actor.force_id}


FOLDERS = Service("portfolio", specimen.MIGRATIONS, routers=[router])


class Web(ServiceUnderTest):
    def __init__(self, url: str, service: Service = FOLDERS) -> None:
        super().__init__(service, url)

    async def get(self, path: str, claims: dict[str, Any] | None = None) -> httpx.Response:
        return await self.client.get(path, headers=self.issuer.bearer(**(claims or {})))

    async def post(
        self, path: str, json: Any = None, claims: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = self.issuer.bearer(**(claims or {}))
        return await self.client.post(path, json=json, headers=bearer | named)
