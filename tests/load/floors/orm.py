"""P6's floor: the endpoint that is usually written, entities by an ORM and models by pydantic."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Final

import uvicorn
import uvloop
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import EVERY_FORCE
from chassis.process import tune


class Entity(DeclarativeBase):
    """What the entities are mapped by."""


class Month(Entity):
    """Modules that were completed in a month."""

    __tablename__ = "module_months_view"

    force_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(primary_key=True)
    via: Mapped[str] = mapped_column(primary_key=True)
    completions: Mapped[int]


class Completions(BaseModel):
    """One row of the answer."""

    model_config = ConfigDict(frozen=True)

    period: date
    key: str
    completions: int


class Figure(BaseModel):
    """The answer."""

    model_config = ConfigDict(frozen=True)

    n: int
    rows: list[Completions]


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


async def get_completions(session: Annotated[AsyncSession, Depends(_session)]) -> Figure:
    """Completions by month and module."""
    counted = Counter[tuple[date, str]]()
    for one in await session.scalars(select(Month)):
        counted[one.month, one.module] += one.completions
    rows = [
        Completions(period=month, key=module, completions=number)
        for (month, module), number in sorted(counted.items())
    ]
    return Figure(n=counted.total(), rows=rows)


@asynccontextmanager
async def _engine(app: FastAPI) -> AsyncIterator[None]:
    url: Final = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    scope = {"server_settings": {"npp.force": EVERY_FORCE}}
    engine = create_async_engine(url, pool_size=10, connect_args=scope)
    app.state.sessions = async_sessionmaker(engine)
    tune()
    yield
    await engine.dispose()


def main() -> None:
    """Serve on HTTP_PORT."""
    app = FastAPI(lifespan=_engine)
    app.get("/figures/module-completions.json")(get_completions)
    config = uvicorn.Config(
        app,
        port=int(os.environ["HTTP_PORT"]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
