"""What must not get in: tokens, bodies and ids that are wrong."""

import json
import time
from base64 import urlsafe_b64encode
from uuid import uuid4

import pytest

from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer

from .world import DERBYSHIRE, World, session_body


def packed(part: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def refused(world: World, token: str | None) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await world.client.post("/sessions", json=session_body(), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return str(answer.json()["code"])


async def test_a_token_that_is_not_ours_is_refused(world: World) -> None:
    past = int(time.time()) - 7_200
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": past + 99_999, "force_id": "kent"}
    unsigned = f"{packed({'alg': 'none'})}.{packed(claims)}."
    before = await world.value("SELECT count(*) FROM sessions")
    for token in (
        None,
        "nonsense",
        world.issuer.token(exp=past, iat=past - 60),
        world.issuer.token(aud="another"),
        world.issuer.token(iss="https://elsewhere.test"),
        Issuer().token(),
        unsigned,
    ):
        assert await refused(world, token)
    assert await world.value("SELECT count(*) FROM sessions") == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"kind": "classroom",', 400, "json-malformed"),
        (b'{"title": "' + b"x" * 1_100_000 + b'"}', 413, "body-too-large"),
        (b"[]", 422, "invalid"),
        (b"\xff\xfe", 400, "json-malformed"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    world: World, body: bytes, status: int, code: str
) -> None:
    headers = world.issuer.bearer(**DERBYSHIRE) | {"Content-Type": "application/json"}
    answer = await world.client.post("/sessions", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sessions/{id}/places", {"learner_ids": []}, "learner_ids"),
        ("/sessions/{id}/places", {"learner_ids": ["nobody"]}, "learner_ids.0"),
        ("/sessions/{id}/places", {"learner_ids": [str(uuid4())] * 1_001}, "learner_ids"),
        ("/sessions/{id}/register", {"entries": []}, "entries"),
        ("/sessions/{id}/register", {"entries": [{}]}, "entries.0.learner_id"),
        ("/sessions/{id}/cancel", {"reason": "it rained"}, "reason"),
        ("/sessions/{id}/cancel", {}, "reason"),
        ("/sessions/nine/cancel", {"reason": "other"}, "session_id"),
        ("/places/{id}/cancel", {"by": "nobody"}, "by"),
    ],
)
async def test_a_wrong_value_is_named(
    world: World, path: str, body: dict[str, object], field: str
) -> None:
    answer = await world.post(path.format(id=uuid4()), body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_what_does_not_exist_is_not_found(world: World) -> None:
    learner = await world.learner()
    for path, body in (
        (f"/sessions/{uuid4()}/places", {"learner_ids": [str(learner)]}),
        (f"/sessions/{uuid4()}/cancel", {"reason": "other"}),
        (f"/places/{uuid4()}/cancel", {}),
    ):
        answer = await world.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
