"""The service under load: one aggregate with one row, one command, one projection, no rules."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid

from chassis.clock import new_id
from chassis.database import mapper
from chassis.http import Commands, etag
from chassis.projection import Projection, Statement
from chassis.service import Service, main
from chassis.work import Work
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioSubmitted

metadata = MetaData()
folders = Table(
    "folders",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("force_id", Text),
    Column("revision", Integer),
    Column("version", Integer),
)
bare_folders = folders.to_metadata(MetaData(), name="bare_folders")
folder_view = Table("folder_view", metadata, Column("portfolio_id", Uuid, primary_key=True))


@dataclass
class Folder:
    portfolio_id: UUID
    learner_id: UUID
    force_id: str
    revision: int = 0
    version: int = 0

    def apply(self, event: PortfolioSubmitted) -> None:
        self.revision = event.revision


mapper(metadata).map_imperatively(Folder, folders)


def submitted(folder: Folder) -> PortfolioSubmitted:
    return PortfolioSubmitted(
        portfolio_id=PortfolioId(folder.portfolio_id),
        learner_id=LearnerId(folder.learner_id),
        force_id=folder.force_id,
        revision=folder.revision + 1,
    )


class OpenFolder(BaseModel):
    model_config = ConfigDict(frozen=True)
    learner_id: UUID


class Opened(BaseModel):
    portfolio_id: UUID
    version: int


async def open_folder(work: Work, command: OpenFolder) -> Folder:
    work.actor.require("force-admin")
    folder = work.add(Folder(new_id(), command.learner_id, work.actor.force_id))
    return work.record(folder, submitted(folder))


router = APIRouter()


@router.post("/folders", status_code=201)
async def post_folder(run: Commands, body: OpenFolder, response: Response) -> Opened:
    folder = await run(open_folder, body)
    response.headers["ETag"] = etag(folder.version)
    return Opened(portfolio_id=folder.portfolio_id, version=folder.version)


VIEW: Final = Projection(
    "portfolio.folder-view",
    tables=[folder_view],
    on={
        PortfolioSubmitted: [
            Statement(
                "portfolio_id uuid, learner_id uuid, force_id text, revision integer,"
                " sequence bigint, time timestamptz",
                """
                INSERT INTO folder_view AS v
                    (portfolio_id, learner_id, force_id, revision, sequence, changed_at)
                SELECT DISTINCT ON (portfolio_id)
                    portfolio_id, learner_id, force_id, revision, sequence, time
                FROM fresh ORDER BY portfolio_id, sequence DESC
                ON CONFLICT (portfolio_id) DO UPDATE
                SET revision = excluded.revision, sequence = excluded.sequence,
                    changed_at = excluded.changed_at
                WHERE v.sequence < excluded.sequence
                """,
            )
        ]
    },
)
# It publishes what portfolio owns, so it goes by that name.
SERVICE = Service(
    "portfolio", Path(__file__).parent / "migrations", routers=[router], projections=[VIEW]
)

if __name__ == "__main__":
    main(SERVICE)
