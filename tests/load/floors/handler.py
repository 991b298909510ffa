"""P5's floor: a bare Starlette handler that reads JSON and inserts one row, by itself committed."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_INSERT: Final = """
INSERT INTO bare_folders (portfolio_id, learner_id, force_id, revision, version)
VALUES ($1, $2, $3, $4, $5)
"""


class OpenFolder(msgspec.Struct):
    learner_id: UUID


_DECODE: Final = msgspec.json.Decoder(OpenFolder).decode
_ENCODE: Final = msgspec.json.Encoder().encode


async def post_folder(request: Request) -> Response:
    body = _DECODE(await request.body())
    portfolio_id = uuid4()
    async with request.app.state.pool.acquire() as connection:
        await connection.execute(_INSERT, portfolio_id, body.learner_id, "derbyshire", 1, 1)
    answer = _ENCODE({"portfolio_id": portfolio_id, "version": 1})
    return Response(answer, 201, media_type="application/json")


async def _nothing(_: object) -> None:
    # By default a pool asks for a reset at each release: a second round trip.
    return


@asynccontextmanager
async def _pool(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, reset=_nothing
    ) as pool:
        app.state.pool = pool
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        yield


def main() -> None:
    """Serve on HTTP_PORT."""
    routes = [Route("/folders", post_folder, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes, lifespan=_pool),
        port=int(os.environ["HTTP_PORT"]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
