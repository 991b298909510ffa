"""A command's route that is called directly answers exactly as FastAPI would have it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from chassis.http.direct import Direct
from chassis.http.plain import plain_form

from .web import Web, router

JSON = {"Content-Type": "application/json"}
LEARNER = str(uuid4())
# What one may send to a plain route: the first is plain, each other needs FastAPI's word.
SENT: list[tuple[bytes, dict[str, str]]] = [
    (b'{"learner_id": "%s"}' % LEARNER.encode(), JSON),
    (b'{"learner_id": "%s", "parts": ["1", 2]}' % LEARNER.encode(), JSON),
    (b'{"learner_id": "%s"}' % LEARNER.encode(), {"Content-Type": "application/vnd.x+json"}),
    (b'{"learner_id": "%s"}' % LEARNER.encode(), {"Content-Type": "text/plain"}),
    (b'{"learner_id": "%s"}' % LEARNER.encode(), {}),
    (b'{"learner_id": "%s"}' % LEARNER.encode(), JSON | {"Content-Encoding": "gzip"}),
    (b'{"learner_id": "nobody", "parts": [1, 2, 3, 4]}', JSON),
    (b'{"learner_id": "%s"' % LEARNER.encode(), JSON),
    (b'{"learner_id": "\xff"}', JSON),
    (b'{"learner_id": "\\ud800"}', JSON),
    (b"", JSON),
    (b"null", JSON),
    (b"[" * 5000, JSON),
    (b" " * 1_100_000, JSON),
]


@pytest.fixture
async def roundabout(web: Web, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same app, where nothing is called directly."""
    around = Web(web.url)

    async def never(self: Direct, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    with monkeypatch.context() as patched:
        patched.setattr(Direct, "__call__", never)
        around.app.middleware_stack = around.app.build_middleware_stack()
    around.app.state.runtime = web.app.state.runtime
    yield around.client
    await around.close()


def test_the_specimens_plain_routes_are_found() -> None:
    forms = {
        (*sorted(route.methods or ()), route.path): plain_form(route) is not None
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    assert [about for about, plain in forms.items() if plain] == [
        ("POST", "/folders"),
        ("POST", "/folders/{portfolio_id}/late"),
    ]


async def answer(
    client: httpx.AsyncClient, path: str, content: bytes, headers: dict[str, str]
) -> tuple[int, Any, dict[str, str]]:
    given = headers | {"X-Correlation-Id": "same"}
    got = await client.post(path, content=content, headers=given)
    return got.status_code, got.json() if got.content else None, dict(got.headers)


@pytest.mark.parametrize("number", range(len(SENT)))
async def test_answers_are_those_of_fastapi(
    web: Web, roundabout: httpx.AsyncClient, number: int
) -> None:
    content, headers = SENT[number]
    for authorization in ({}, web.issuer.bearer(roles=["candidate"])):
        sent = ("/folders", content, headers | authorization)
        assert await answer(web.client, *sent) == await answer(roundabout, *sent)


async def test_made_answers_are_those_of_fastapi(web: Web, roundabout: httpx.AsyncClient) -> None:
    made = []
    for client in (web.client, roundabout):
        content = b'{"learner_id": "%s"}' % str(uuid4()).encode()
        status, body, headers = await answer(
            client, "/folders", content, JSON | web.issuer.bearer()
        )
        made.append((status, body["version"], set(body), headers | {"date": ""}))
    assert made[0] == made[1]
    assert (made[0][0], made[0][3]["etag"]) == (201, '"1"')


async def test_a_path_that_is_not_valid_is_explained(
    web: Web, roundabout: httpx.AsyncClient
) -> None:
    sent = ("/folders/nobody/late", b"", web.issuer.bearer())
    direct = await answer(web.client, *sent)
    assert direct == await answer(roundabout, *sent)
    assert direct[0] == 422


async def test_a_request_that_was_answered_is_answered_so_again_though_its_caller_lost_the_right(
    web: Web,
) -> None:
    body = {"learner_id": str(uuid4())}
    first = await web.post("/folders", body, Idempotency_Key="kept")
    again = await web.post("/folders", body, {"roles": []}, Idempotency_Key="kept")
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await web.post("/folders", body, {"roles": []})).status_code == 403


async def test_a_key_is_free_after_a_refusal_that_followed_the_command(web: Web) -> None:
    folder = (await web.post("/folders", {"learner_id": str(uuid4())})).json()
    for _ in range(2):
        path = f"/folders/{folder['portfolio_id']}/late"
        assert (await web.post(path, None, Idempotency_Key="late")).status_code == 409
    count = await web.value("SELECT count(*) FROM idempotency_keys WHERE key = 'late'")
    versions = f"SELECT version FROM folders WHERE portfolio_id = '{folder['portfolio_id']}'"
    assert (count, await web.value(versions)) == (0, 1)
