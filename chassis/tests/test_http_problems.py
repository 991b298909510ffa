"""Everything that goes wrong in HTTP is one problem that names field and rule."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chassis.http.failures import Conflict

from .web import Web

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
LEARNER = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    made = Web(NOWHERE)
    yield made
    await made.close()


def parts(problem: dict[str, Any], *names: str) -> list[Any]:
    return [problem.get(name) for name in names]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": int(time.time()) - 60}, "token-expired"),
        ({"aud": "another"}, "token-invalid"),
        ({"iss": "https://foreign.test"}, "token-invalid"),
        ({"force_id": None}, "token-invalid"),
    ],
)
async def test_wrong_token_is_401(web: Web, claims: dict[str, Any], code: str) -> None:
    answer = await web.get("/me", claims)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["Content-Type"] == "application/problem+json"


# {"alg": "none"} and {}, and no signature.
UNSIGNED = "eyJhbGciOiJub25lIn0.e30."  # pragma: allowlist secret


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "token-missing"),
        ({"Authorization": "Basic dTpw"}, "token-missing"),
        ({"Authorization": "Bearer"}, "token-missing"),
        ({"Authorization": f"Bearer {UNSIGNED}"}, "token-invalid"),
    ],
)
async def test_missing_and_unsigned_token_is_401(
    web: Web, header: dict[str, str], code: str
) -> None:
    answer = await web.client.get("/me", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_issuer_away_is_503_with_a_time_to_try_again(web: Web) -> None:
    web.issuer.up = False
    answer = await web.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer-unreachable")
    assert answer.headers["Retry-After"] == "2"


async def test_problem_has_all_members(web: Web) -> None:
    bearer = web.issuer.bearer() | {"X-Correlation-Id": "abc-1"}
    answer = await web.client.get("/invalid", headers=bearer)
    assert answer.headers["X-Correlation-Id"] == "abc-1"
    assert answer.json() == {
        "type": "/problems/invalid",
        "title": "A value breaks a rule",
        "status": 422,
        "code": "invalid",
        "correlation_id": "abc-1",
        "instance": "/invalid",
        "detail": "must be later",
        "field": "ends_at",
        "rule": "after-start",
        "facts": {"starts_at": "2026-01-01"},
    }


async def test_correlation_id_that_could_forge_a_log_line_is_replaced(web: Web) -> None:
    answer = await web.client.get("/none", headers={"X-Correlation-Id": 'a" b'})
    assert answer.headers["X-Correlation-Id"] == answer.json()["correlation_id"] != 'a" b'


async def test_invalid_body_names_every_field_and_rule_and_not_the_value(web: Web) -> None:
    answer = await web.post("/folders", {"learner_id": "Jane Doe", "parts": [1, "x"]})
    problem = answer.json()
    assert answer.status_code == 422
    assert parts(problem, "code", "field", "rule") == ["invalid", "learner_id", "uuid-parsing"]
    assert [(e["field"], e["in"], e["rule"]) for e in problem["errors"]] == [
        ("learner_id", "body", "uuid-parsing"),
        ("parts.1", "body", "int-parsing"),
    ]
    assert "Jane" not in answer.text


async def test_invalid_query_and_path_are_named(web: Web) -> None:
    problem = (await web.get("/folders?limit=501")).json()
    assert parts(problem, "status", "field", "rule") == [422, "limit", "less-than-equal"]
    problem = (await web.post("/folders/7/submit")).json()
    assert parts(problem, "status", "field", "rule") == [422, "portfolio_id", "uuid-parsing"]


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (b'{\n  "learner_id": oops}', {"line": 2, "column": 17}),
        (b"{", {"line": 1, "column": 2}),
        (b'{"a": "\xff"}', {"byte": 7}),
        (b"[" * 200_000, None),
    ],
)
async def test_malformed_json_is_400_with_the_position(
    web: Web, body: bytes, facts: dict[str, int] | None
) -> None:
    headers = web.issuer.bearer() | {"Content-Type": "application/json"}
    answer = await web.client.post("/folders", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "json-malformed")
    assert facts is None or answer.json()["facts"] == facts


@pytest.mark.parametrize("kind", ["text/plain", "application/xml"])
async def test_body_of_another_type_is_415(web: Web, kind: str) -> None:
    headers = web.issuer.bearer() | {"Content-Type": kind}
    for path in ("/folders", "/rows"):
        answer = await web.client.post(path, content=b"x", headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            415,
            "application/problem+json",
        )


async def test_compressed_body_is_415(web: Web) -> None:
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    answer = await web.client.post("/rows", content=b"x", headers=web.issuer.bearer() | headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "body-encoded")


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1_000):
        yield b"x" * 1_000


async def test_oversized_body_is_413_whether_announced_or_streamed(web: Web) -> None:
    headers = web.issuer.bearer() | {"Content-Type": "application/json"}
    for content in (b"x" * 1_100_000, chunks(1_100_000)):
        answer = await web.client.post("/folders", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
        assert answer.json()["facts"] == {"max_bytes": 1024 * 1024}


async def test_route_may_accept_larger_bodies(web: Web) -> None:
    answer = await web.post("/large", {"text": "x" * 2_000_000})
    assert answer.json() == {"length": 2_000_000}
    assert (await web.post("/large", {"text": "x" * 3_000_000})).status_code == 413


async def test_csv_upload_is_read_and_refused_with_its_place(web: Web) -> None:
    headers = web.issuer.bearer() | {"Content-Type": "text/csv; charset=utf-8"}
    content = b"force,name\n" + b"kent,x\n" * 300_000
    answer = await web.client.post("/rows", content=content, headers=headers)
    assert answer.json() == {"rows": 300_000}
    answer = await web.client.post("/rows", content=b"force,nom\nx,y\n", headers=headers)
    assert parts(answer.json(), "status", "code", "field") == [422, "wrong-header", "name"]


async def test_unknown_route_and_method_are_problems(web: Web) -> None:
    answer = await web.get("/none")
    assert parts(answer.json(), "status", "code") == [404, "not-found"]
    answer = await web.client.delete("/me")
    assert parts(answer.json(), "status", "code") == [405, "method-not-allowed"]
    assert answer.headers["Allow"] == "GET"


async def test_our_own_failure_is_500_without_internals(web: Web) -> None:
    answer = await web.get("/broken")
    problem = answer.json()
    assert parts(problem, "status", "code", "detail") == [500, "internal", None]
    assert problem["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert "secret" not in answer.text


async def test_database_away_is_503(web: Web) -> None:
    answer = await web.post("/folders", {"learner_id": LEARNER})
    assert parts(answer.json(), "status", "code") == [503, "database-unavailable"]


async def test_malformed_if_match_is_400(web: Web) -> None:
    for value in ("3", 'W/"3"', '"x"', '"-1"', '"3", "4"'):
        answer = await web.post(f"/folders/{LEARNER}/submit", None, If_Match=value)
        assert parts(answer.json(), "status", "code", "field") == [
            400,
            "if-match-malformed",
            "If-Match",
        ]


async def test_tampered_cursor_is_400(web: Web) -> None:
    for cursor in ("x", "AAAA", "ä", "W10", "A" * 999):
        answer = await web.client.get(
            "/folders", params={"cursor": cursor}, headers=web.issuer.bearer()
        )
        assert parts(answer.json(), "status", "code") == [400, "cursor-malformed"]


async def test_openapi_shows_problems_and_the_token(web: Web) -> None:
    document = (await web.client.get("/openapi.json")).json()
    post = document["paths"]["/folders"]["post"]
    assert document["openapi"].startswith("3.1")
    assert set(post["responses"]) == {"201", "default"}
    assert post["security"] == [{"oidc": []}]
    assert "Idempotency-Key" in [each["name"] for each in post["parameters"]]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    problem = (await web.get("/invalid")).json()
    Draft202012Validator(document["components"]["schemas"]["Problem"]).validate(problem)
    assert "/livez" not in document["paths"]


async def test_metrics_are_told_on_the_management_port_alone(web: Web) -> None:
    assert "npp_http_requests_total" in (await web.management.get("/metrics")).text
    for path in ("/livez", "/readyz"):
        assert (await web.management.get(path)).status_code == 200
    for path in ("/me", "/openapi.json", "/docs"):
        assert (await web.management.get(path)).status_code == 404
    assert (await web.client.get("/metrics")).status_code == 404


async def test_probes_need_no_token(web: Web) -> None:
    health = web.app.state.runtime.health
    assert (await web.client.get("/livez")).status_code == 200
    assert (await web.client.get("/readyz")).json() == {"ready": True, "problems": {}}

    async def away() -> str | None:
        raise ConnectionRefusedError

    health.add("database", away)
    health.draining = True
    answer = await web.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {
        "database": "ConnectionRefusedError",
        "draining": "shutting down",
    }
    health.add_loop("relay", lambda: False)
    assert (await web.client.get("/livez")).json() == {"live": False, "ended": ["relay"]}


async def test_metrics_are_labelled_by_route_template(web: Web) -> None:
    for learner in ("1", "2"):
        await web.post(f"/folders/{learner}/submit")
        await web.client.get(f"/no-such-route-{learner}")
    shown = (await web.management.get("/metrics")).text
    assert 'npp_http_requests_total{method="POST",route="/folders/{portfolio_id}/submit"' in shown
    assert 'route="unmatched"' in shown
    assert "no-such-route" not in shown


def test_conflict_is_named_like_any_refusal() -> None:
    assert (Conflict.code, Conflict.status) == ("conflict", 409)
