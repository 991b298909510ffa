"""Hot answers: made once for all who may see the same, and not sent again unchanged."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, Request, Response

from chassis.http import Queries, hot

from .web import Served, Web, web_of

MADE: list[str] = []
router = APIRouter()


@router.get("/figures")
async def get_figures(request: Request, query: Queries, seconds: float = 60) -> Response:
    async def build() -> dict[str, str]:
        MADE.append(query.scope)
        await asyncio.sleep(0)
        if query.scope == "essex":
            raise ZeroDivisionError
        return {"force": query.scope}

    return await hot(request, query, build, seconds=seconds)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    MADE.clear()
    made = web_of("postgresql://nobody@127.0.0.1:1/x", Served("reporting", (router,)))
    yield made
    await made.client.aclose()


async def test_hot_answer_is_made_once_for_callers_at_once(web: Web) -> None:
    answers = await asyncio.gather(*(web.get("/figures") for _ in range(5)))
    assert {answer.text for answer in answers} == {'{"force":"derbyshire"}'}
    assert MADE == ["derbyshire"]


async def test_hot_answer_of_one_force_is_never_anothers(web: Web) -> None:
    assert (await web.get("/figures", {"force_id": "kent"})).json() == {"force": "kent"}
    assert (await web.get("/figures", {"force_id": "national"})).json() == {"force": "*"}
    assert MADE == ["kent", "*"]


async def test_hot_answer_unchanged_is_304(web: Web) -> None:
    etag = (await web.get("/figures")).headers["ETag"]
    headers = web.issuer.bearer() | {"If-None-Match": etag}
    again = await web.client.get("/figures", headers=headers)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)


async def test_hot_answer_is_made_again_when_old_and_after_a_failure(web: Web) -> None:
    for _ in range(2):
        await web.get("/figures?seconds=0")
        assert (await web.get("/figures", {"force_id": "essex"})).status_code == 500
    assert MADE == ["derbyshire", "essex"] * 2
