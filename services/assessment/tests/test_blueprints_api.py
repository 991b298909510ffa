"""Publishing blueprints, and who sees how much of them."""

from typing import Any

import pytest

from .desk import CODE, Desk, blueprint


def changed(form: str, number: int, **item: Any) -> dict[str, Any]:
    body = blueprint()
    body["forms"][form][number] |= item
    return body


async def test_only_an_author_sees_the_keys(desk: Desk) -> None:
    published = await desk.publish()
    assert published.status_code == 201
    path = f"/blueprints/{CODE}"
    whole = await desk.call("GET", path, role="assessment-author", force="national")
    assert whole.json()["forms"]["A"][0] == {"item": "A1", "options": ["a", "b", "c"], "key": "b"}
    for role in ("candidate", "force-admin", "assessor", "national-admin"):
        shown = await desk.call("GET", path, role=role)
        assert (shown.json()["items"], shown.json()["forms"]) == (4, None)
        assert "key" not in shown.text


async def test_the_same_again_changes_nothing_and_another_is_refused(desk: Desk) -> None:
    await desk.publish()
    assert (await desk.publish()).status_code == 200
    refused = await desk.publish(title="Something else")
    assert (refused.status_code, refused.json()["code"]) == (409, "blueprint-exists")


async def test_only_an_author_publishes(desk: Desk) -> None:
    answer = await desk.call("POST", "/blueprints", blueprint(), role="force-admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (blueprint(forms=blueprint()["forms"] | {"B": blueprint(items=3)["forms"]["B"]}),
         "forms-differ", "forms"),
        (changed("A", 1, item="A1"), "item-repeated", "forms.A.1.item"),
        (changed("B", 2, options=["a", "a"]), "option-repeated", "forms.B.2.options"),
        (changed("B", 0, key="z"), "key-not-an-option", "forms.B.0.key"),
        (changed("A", 0, options=["b"]), "invalid", "forms.A.0.options"),
        (blueprint(pass_percent=101), "invalid", "pass_percent"),
        (blueprint(minutes=0), "invalid", "minutes"),
        (blueprint(code="no spaces"), "invalid", "code"),
        (blueprint(minuts=3), "invalid", "minuts"),
    ],
)  # fmt: skip
async def test_a_blueprint_that_cannot_be_sat_is_refused(
    desk: Desk, body: dict[str, Any], code: str, field: str
) -> None:
    answer = await desk.call(
        "POST", "/blueprints", body, role="assessment-author", force="national"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["field"] == field
    assert await desk.rows("SELECT 1 FROM blueprints") == []


async def test_an_unknown_blueprint_is_not_found(desk: Desk) -> None:
    assert (await desk.call("GET", "/blueprints/NONE")).json()["code"] == "blueprint-unknown"
    answer = await desk.start(await desk.learner())
    assert (answer.status_code, answer.json()["code"]) == (404, "blueprint-unknown")


async def test_every_route_needs_a_token(desk: Desk) -> None:
    document = (await desk.client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method in methods:
            url = path.replace("{attempt_id}", str(await desk.learner())).replace("{code}", "X")
            assert (await desk.client.request(method.upper(), url)).status_code == 401, path


async def test_broken_json_is_named_by_its_place(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.token('force-admin')}"}
    answer = await desk.client.post(
        "/attempts",
        content=b'{"learner_id": ',
        headers=headers | {"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "json-malformed")
    assert answer.json()["facts"]["line"] == 1
