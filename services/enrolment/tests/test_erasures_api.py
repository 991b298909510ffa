"""A learner is erased: what told who they are is gone, and does not come back."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from chassis.pseudonyms import pseudonyms
from chassis.testing.dumping import dumped
from npp_contracts.day import day_of
from npp_contracts.events import AttendanceRecorded

from .given import csv_of, roster_row
from .test_transfers_api import move
from .world import Answer, World

ASKED = {"ground": "no-longer-necessary", "reason": "left the service in spring"}


def dpo(world: World, force_id: str = "derbyshire") -> dict[str, str]:
    role = "national-dpo" if force_id == "national" else "force-dpo"
    return world.token(role, force_id, subject="an officer")


async def erased(
    world: World, learner_id: UUID, force_id: str = "derbyshire", **said: Any
) -> Answer:
    return await world.client.post(
        f"/learners/{learner_id}/erasure", json=ASKED | said, headers=dpo(world, force_id)
    )


async def somebody(world: World, number: str, given_name: str = "Myfanwy") -> UUID:
    """With a name, an address and a number that nobody else has."""
    return await world.register(
        number,
        given_name=given_name,
        family_name=f"O'Erasmus-{given_name}",
        email=f"{given_name.lower()}@derbyshire.police.example",
    )


def statement(number: str, module: str, on: str = "2025-09-01", **said: Any) -> dict[str, Any]:
    account = {"homePage": "https://derbyshire.police.example", "name": number}
    return {
        "id": str(uuid4()),
        "actor": {"account": account},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://learning.example/modules/{module}"},
        "timestamp": f"{on}T10:00:00Z",
    } | said


async def stored(world: World, *statements: dict[str, Any]) -> None:
    headers = world.token("learning-platform") | {"X-Experience-API-Version": "1.0.3"}
    answer = await world.client.post("/xapi/statements", json=list(statements), headers=headers)
    assert answer.status_code == 200, answer.text


async def found_anywhere(world: World, *values: str) -> list[str]:
    """In which tables any of these stands, in whatever letter case, bytes included."""
    tables = await dumped(world.rows)
    return [
        f"{name}: {each}"
        for name, text in tables.items()
        for each in values
        if each.casefold() in text
    ]


async def test_nothing_in_the_database_tells_any_more_who_it_was(world: World) -> None:
    learner_id = await somebody(world, "e-100")
    address = "myfanwy@derbyshire.police.example"
    by_address = statement("x", "asb-1", actor={"mbox": f"mailto:{address}"})
    named = statement("nobody", "asb-1", context={"instructor": {"mbox": f"mailto:{address}"}})
    await stored(world, statement("e-100", "problem-solving-1"), by_address, named)
    wrong = roster_row(given_name="Myfanwy", family_name="O'Erasmus-Myfanwy", rank="lord")
    await world.upload("/rosters", csv_of([wrong]), world.admin())
    await world.complete("derbyshire", "e-100", "no-such-module", "2025-09-01")
    telling = ("Myfanwy", "Erasmus", address, "E-100")
    assert {each.split(":")[0] for each in await found_anywhere(world, *telling)} == {
        "learners",
        "postings",
        "statements",
        "rejected_rows",
    }

    answer = await erased(world, learner_id)

    assert answer.status_code == 200, answer.text
    assert await found_anywhere(world, *telling) == []
    (receipt,) = await world.rows("SELECT rows FROM erasures WHERE learner_id = :id", id=learner_id)
    assert (receipt.rows["statements"], receipt.rows["mentions"]) == (2, 1)
    # A statement about somebody else that named the learner goes on waiting for that other.
    waits = "SELECT outcome, collar_number FROM statements WHERE statement_id = :id"
    assert await world.rows(waits, id=UUID(named["id"])) == [("queued", "NOBODY")]
    assert receipt.rows["rejected-rows"] == 2
    assert (receipt.rows["learners"], receipt.rows["collar-numbers"]) == (1, 1)


async def listed(world: World, force_id: str) -> Any:
    return (await world.client.get("/erasures", headers=dpo(world, force_id))).json()


async def test_every_force_that_had_them_is_told_and_no_earlier_event_has_changed(
    world: World,
) -> None:
    learner_id = await somebody(world, "e-101")
    await move(world, learner_id, world.admin(), collar_number="k101")
    before = await world.events(learner_id)
    answer = await erased(world, learner_id, "kent", requested_on="2026-01-31")
    assert answer.json()["force_ids"] == ["derbyshire", "kent"]
    after = await world.events(learner_id)
    assert after[: len(before)] == before
    assert [(each["type"], each["forceid"], each["sequence"]) for each in after[len(before) :]] == [
        ("learner-erased", "derbyshire", 3),
        ("learner-erased", "kent", 4),
    ]
    assert after[-1]["payload"]["due_on"] == "2026-02-28"


async def test_a_force_that_had_them_before_learns_that_it_is_due_and_no_more(
    world: World,
) -> None:
    learner_id = await somebody(world, "e-109")
    await move(world, learner_id, world.admin(), collar_number="k109")
    reason = "as the data protection officer of kent decided"
    path = f"/privacy/erasures/{learner_id}"
    await erased(world, learner_id, "kent", requested_on="2026-01-31", reason=reason)

    for force_id in ("national", "kent"):
        (item,) = [
            each
            for each in (await listed(world, force_id))["items"]
            if each["learner_id"] == str(learner_id)
        ]
        assert (item["erased_by"], item["reason"]) == ("an officer", reason)
        assert item["force_ids"] == ["derbyshire", "kent"]
        receipt = await world.client.get(path, headers=dpo(world, force_id))
        assert receipt.json()["due_on"] == "2026-02-28"
    assert (await listed(world, "national"))["due"] == []
    for force_id in ("kent", "derbyshire"):
        name = str(pseudonyms().of(force_id, learner_id))
        (due,) = [e for e in (await listed(world, force_id))["due"] if e["pseudonym"] == name]
        assert due == {"pseudonym": name, "due_on": "2026-02-28"}

    for force_id in ("derbyshire", "essex"):
        told = str(await listed(world, force_id))
        assert str(learner_id) not in told
        assert reason not in told
        answer = await world.client.get(path, headers=dpo(world, force_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "receipt-unknown")
        receipts = await world.client.get("/privacy/erasures", headers=dpo(world, force_id))
        assert str(learner_id) not in receipts.text
        for table in ("erasures", "erasure_requests", "holds"):
            sql = f"SELECT count(*) FROM {table} WHERE learner_id = '{learner_id}'"
            assert await world.seen_by(force_id, sql) == 0
    assert (await listed(world, "essex"))["due"] == []
    assert await world.seen_by("essex", "SELECT count(*) FROM erasures_due") == 0


async def test_who_was_erased_is_unknown_everywhere_and_their_progress_still_counts(
    world: World,
) -> None:
    learner_id = await somebody(world, "e-102")
    enrolment = (await world.person("e-102"))["enrolments"][0]["enrolment_id"]
    name = pseudonyms().of("derbyshire", learner_id)
    await erased(world, learner_id)
    for path in (
        f"/learners/{learner_id}",
        f"/learners/{learner_id}/timeline",
        f"/enrolments/{enrolment}",
    ):
        assert (await world.client.get(path, headers=world.admin())).status_code == 404
    translated = await world.client.post(
        "/pseudonyms/translate",
        json={"pseudonyms": [str(name)]},
        headers=world.token("force-analyst", "derbyshire"),
    )
    assert translated.json() == {"items": [], "unknown": [str(name)]}
    # What was on its way is a fact still: it counts, under an id that is nobody's.
    late = {
        "force_id": "derbyshire",
        "place_id": uuid4(),
        "session_id": uuid4(),
        "learner_id": learner_id,
        "kind": "classroom",
        "programme_id": "npp",
        "module": "asb-1",
        "attendance": "full",
        "minutes": 60,
        "held_on": "2025-09-01",
    }
    await world.happens(AttendanceRecorded.model_validate(late))
    assert "module-completed" in [each["type"] for each in await world.events(enrolment)]
    row = await world.rows("SELECT * FROM learners WHERE learner_id = :id", id=learner_id)
    assert (row[0].given_name, row[0].email, row[0].collar_number) == ("", "", "")


async def test_files_and_statements_that_come_late_bring_nobody_back(world: World) -> None:
    learner_id = await somebody(world, "e-103", "Gwenllian")
    again = roster_row(
        collar_number="e-103",
        given_name="Gwenllian",
        family_name="O'Erasmus-Gwenllian",
        email="gwenllian@derbyshire.police.example",
        neighbourhood="no",
    )
    await erased(world, learner_id)
    roster = await world.upload("/rosters", csv_of([again]), world.admin())
    assert roster.json()["rejected"] == 1
    completion = await world.complete("derbyshire", "e-103", "asb-1", "2025-09-01")
    assert completion.json()["rejected"] == 1
    by_address = {"mbox": "mailto:gwenllian@derbyshire.police.example"}
    late = [statement("e-103", "asb-1"), statement("x", "asb-1", actor=by_address)]
    await stored(world, *late)
    await stored(world, *late)
    codes = await world.rows("SELECT code, cells::text AS cells FROM rejected_rows")
    assert [each.cells for each in codes if each.code == "holder-erased"] == ["{}", "{}"]
    telling = ("Gwenllian", "e-103")
    assert await found_anywhere(world, *telling) == []


async def test_a_number_given_anew_brings_nothing_of_the_one_before(world: World) -> None:
    await erased(world, await somebody(world, "e-104"))
    tomorrow = day_of(now()) + timedelta(days=1)
    newcomer = await world.register("e-104", joined_on=tomorrow.isoformat(), given_name="Heledd")
    late = await world.complete("derbyshire", "e-104", "asb-1", "2025-09-01")
    assert late.json()["rejected"] == 1
    assert (await world.person("e-104"))["learner_id"] == str(newcomer)


async def test_a_preview_says_what_is_held_and_changes_nothing(world: World) -> None:
    learner_id = await somebody(world, "e-105")
    await move(world, learner_id, world.admin(), collar_number="k105")
    path = f"/learners/{learner_id}/erasure"
    told = (await world.client.get(path, headers=dpo(world, "kent"))).json()
    assert (told["on_hold"], told["other_forces"]) == (False, 1)
    rows = {each["name"]: each["rows"] for each in told["items"]}
    assert (rows["learners"], rows["enrolments"], rows["statements"]) == (1, 1, 0)
    learners = next(each for each in told["items"] if each["name"] == "learners")
    assert learners["erased"] == ["collar_number", "email", "family_name", "given_name"]
    assert (await world.person("k105", "kent"))["given_name"] == "Myfanwy"


async def test_refusals(world: World) -> None:
    learner_id = await somebody(world, "e-106")
    for who, code in (
        (dpo(world, "kent"), "learner-unknown"),
        (world.admin(), "forbidden"),
        (world.token("national-admin"), "forbidden"),
    ):
        for method, path in (("GET", "erasure"), ("POST", "erasure"), ("POST", "hold")):
            body = None if method == "GET" else ASKED if path == "erasure" else {"reason": "a"}
            answer = await world.client.request(
                method, f"/learners/{learner_id}/{path}", json=body, headers=who
            )
            assert answer.json()["code"] == code, (method, path)
    assert (await erased(world, uuid4())).json()["code"] == "learner-unknown"
    for said, field, code in (
        ({"reason": "Myfanwy wrote"}, "reason", "reason-names-person"),
        ({"requested_on": "2999-01-01"}, "requested_on", "request-in-future"),
        ({"ground": "because"}, "ground", "invalid"),
        ({"reason": " "}, "reason", "invalid"),
    ):
        answer = await erased(world, learner_id, **said)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert field in answer.text
    assert (await erased(world, learner_id, "national")).status_code == 200
    assert (await erased(world, learner_id)).json()["code"] == "already-erased"
    assert len([e for e in await world.events(learner_id) if e["type"] == "learner-erased"]) == 1


async def test_a_hold_keeps_somebody_from_being_erased_until_it_is_lifted(world: World) -> None:
    learner_id = await somebody(world, "e-107")

    async def hold(path: str, reason: str = "a claim") -> Any:
        answer = await world.client.post(
            f"/learners/{learner_id}/{path}", json={"reason": reason}, headers=dpo(world)
        )
        return answer.json().get("code", answer.json())

    assert await hold("hold/lift") == "not-held"
    assert (await hold("hold"))["on_hold"] is True
    assert await hold("hold") == "already-held"
    assert (await erased(world, learner_id)).json()["code"] == "learner-held"
    assert (await hold("hold/lift", "settled"))["on_hold"] is False
    assert (await erased(world, learner_id)).status_code == 200
    noted = await world.rows(
        "SELECT command, actor, because FROM operations WHERE target = :id ORDER BY id",
        id=str(learner_id),
    )
    assert [tuple(each) for each in noted] == [
        ("hold", "an officer", "a claim"),
        ("lift-hold", "an officer", "settled"),
    ]


async def test_a_learner_is_told_all_that_is_held_and_it_is_recorded_who_asked(
    world: World,
) -> None:
    learner_id = await somebody(world, "e-108")
    path = f"/privacy/people/{learner_id}/export"
    answer = await world.client.get(path, params={"reference": "SAR-1"}, headers=dpo(world))
    items = {each["name"]: each for each in answer.json()["items"]}
    assert items["learners"]["rows"][0]["given_name"] == "Myfanwy"
    assert items["collar-numbers"]["rows"][0]["collar_number"] == "E-108"
    assert items["events"]["rows"][0]["payload"]["learner_id"] == str(learner_id)
    for each in items.values():
        assert all(each[said] for said in ("what", "purpose", "source", "recipients", "kept_until"))
    assert items["statements"]["kept_until"].startswith("730 days (proposed")
    (noted,) = await world.rows(
        "SELECT actor, because FROM operations WHERE target = :id", id=str(learner_id)
    )
    assert tuple(noted) == ("an officer", "SAR-1")
    theirs = await world.client.get(path, params={"reference": "SAR-2"}, headers=dpo(world, "kent"))
    assert all(each["rows"] == [] for each in theirs.json()["items"])
    for headers, reference, status in (
        (world.admin(), "SAR-3", 403),
        (dpo(world), "for Myfanwy", 422),
    ):
        refused = await world.client.get(path, params={"reference": reference}, headers=headers)
        assert refused.status_code == status
