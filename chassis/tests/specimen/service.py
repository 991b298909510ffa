"""The specimen: one aggregate that submits, one flow, one projection."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid, insert

from chassis.clock import new_id
from chassis.consumer import Flow
from chassis.database import mapper
from chassis.projection import Projection, Statement
from chassis.service import Service
from chassis.work import Work
from npp_contracts.envelope import Envelope
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
notes = Table("notes", metadata, Column("portfolio_id", Uuid), Column("revision", Integer))
tally_view = Table("tally_view", metadata, Column("force_id", Text, primary_key=True))
latest_view = Table("latest_view", metadata, Column("portfolio_id", Uuid, primary_key=True))


@dataclass
class Folder:
    portfolio_id: PortfolioId
    learner_id: LearnerId
    force_id: str
    revision: int = 0
    version: int = 0

    def apply(self, event: PortfolioSubmitted) -> None:
        self.revision = event.revision


mapper(metadata).map_imperatively(Folder, folders)


def submitted(folder: Folder) -> PortfolioSubmitted:
    return PortfolioSubmitted(
        portfolio_id=folder.portfolio_id,
        learner_id=folder.learner_id,
        force_id=folder.force_id,
        revision=folder.revision + 1,
    )


async def open_folder(work: Work, force_id: str = "derbyshire") -> Folder:
    folder = work.add(Folder(PortfolioId(new_id()), LearnerId(new_id()), force_id))
    return work.record(folder, submitted(folder))


async def submit(work: Work, portfolio_id: UUID) -> Folder:
    folder = await work.get(Folder, portfolio_id)
    return work.record(folder, submitted(folder))


class Broken(Exception):
    pass


BROKEN: set[UUID] = set()


async def note(work: Work, event: PortfolioSubmitted, meta: Envelope) -> None:
    if event.learner_id in BROKEN:
        raise Broken(str(event.learner_id))
    row = {"portfolio_id": event.portfolio_id, "revision": event.revision}
    await work.session.execute(insert(notes), row)


FLOW = Flow("specimen.notes", {PortfolioSubmitted: note})
TALLY = Projection(
    "specimen.tally",
    tables=[tally_view, latest_view],
    on={
        PortfolioSubmitted: [
            Statement(
                "force_id text",
                """
                INSERT INTO tally_view AS v (force_id, submitted)
                SELECT force_id, count(*) FROM fresh GROUP BY force_id ORDER BY force_id
                ON CONFLICT (force_id) DO UPDATE SET submitted = v.submitted + excluded.submitted
                """,
            ),
            Statement(
                "portfolio_id uuid, revision integer, sequence bigint",
                """
                WITH last AS (
                    SELECT DISTINCT ON (portfolio_id) * FROM fresh
                    ORDER BY portfolio_id, sequence DESC
                )
                INSERT INTO latest_view AS v (portfolio_id, revision, sequence)
                SELECT portfolio_id, revision, sequence FROM last ORDER BY portfolio_id
                ON CONFLICT (portfolio_id) DO UPDATE
                SET revision = excluded.revision, sequence = excluded.sequence
                WHERE v.sequence < excluded.sequence
                """,
            ),
        ]
    },
)
MIGRATIONS = Path(__file__).parent / "migrations"
# It publishes what portfolio owns, so it goes by that name.
SERVICE = Service("portfolio", MIGRATIONS, flows=[FLOW], projections=[TALLY])
