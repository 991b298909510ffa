"""Completions files over HTTP."""

import csv
import io
from typing import Any

from .given import csv_of
from .world import World

PLATFORM = "learning-platform"
BUT_THE_FILE = "SELECT count(*) FROM event_log WHERE type NOT LIKE '%file-taken%'"


def row(collar_number: str, module: str, on: str, force: str = "derbyshire") -> dict[str, str]:
    return {
        "force": force,
        "collar_number": collar_number,
        "module": module,
        "completed_on": on,
    }


def npp1(learner: dict[str, Any]) -> dict[str, Any]:
    return dict(learner["enrolments"][0]["parts"][0])


async def test_completions_count_once_and_complete_the_part(world: World) -> None:
    await world.register("200")
    rows = [
        row("200", "problem-solving-1", "2025-07-02", "E23000018"),
        row("200", "problem-solving-1", "2025-07-03", "Derbyshire Constabulary"),
        row("200", "community-engagement-1", "09/07/2025"),
    ]
    answer = await world.upload("/completions", csv_of(rows), world.token(PLATFORM))
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (3, 0)
    learner = await world.person("200")
    part = npp1(learner)
    assert part["modules"] == [
        {"module": "problem-solving-1", "completed_on": "2025-07-02", "via": "csv"},
        {"module": "community-engagement-1", "completed_on": "2025-07-09", "via": "csv"},
    ]
    assert (part["percent"], part["completed_on"]) == (100, "2025-07-09")
    events = await world.events(learner["enrolments"][0]["enrolment_id"])
    assert [(e["type"], e["sequence"]) for e in events] == [
        ("learner-enrolled", 1),
        ("learner-enrolled", 2),
        ("module-completed", 3),
        ("module-completed", 4),
        ("part-completed", 5),
    ]


async def test_what_is_recorded_already_is_accepted_and_changes_nothing(world: World) -> None:
    await world.register("210")
    first = [row("210", "problem-solving-1", "2025-07-02")]
    await world.upload("/completions", csv_of(first), world.token(PLATFORM))
    events = await world.value(BUT_THE_FILE)
    later = [row("210", "problem-solving-1", "2025-06-02")]
    answer = await world.upload("/completions", csv_of(later), world.token(PLATFORM))
    assert (answer.json()["accepted"], answer.json()["repeated"]) == (1, False)
    assert await world.value(BUT_THE_FILE) == events
    again = await world.upload("/completions", csv_of(later), world.token(PLATFORM))
    assert again.json()["repeated"]


async def test_unknown_people_and_another_force_go_back(world: World) -> None:
    await world.register("220", "kent")
    rows = [
        row("9999", "asb-1", "2025-07-02"),
        row("220", "asb-1", "2025-07-02", "kent"),
        row("9999", "asb-1", "2999-07-02"),
    ]
    answer = (await world.upload("/completions", csv_of(rows), world.admin())).json()
    returned = await world.client.get(answer["rejected_csv"], headers=world.admin())
    back = csv.DictReader(io.StringIO(returned.text))
    assert [(each["line"], each["column"], each["code"]) for each in back] == [
        ("2", "collar_number", "unknown-collar-number"),
        ("3", "force", "another-force"),
        ("4", "completed_on", "future-date"),
    ]


async def test_a_national_file_is_seen_by_national_staff_only(world: World) -> None:
    rows = csv_of([row("9999", "asb-1", "2025-07-02", "kent")])
    answer = (await world.upload("/completions", rows, world.token(PLATFORM))).json()
    path = f"/uploads/{answer['upload_id']}"
    assert (await world.client.get(path, headers=world.admin("kent"))).status_code == 404
    assert (await world.client.get(path, headers=world.token(PLATFORM))).status_code == 200


async def test_a_module_of_a_part_one_is_not_on_waits_for_the_enrolment(world: World) -> None:
    learner_id = await world.register("230")
    answer = await world.complete("derbyshire", "230", "leadership-1", "2025-08-01")
    assert answer.json()["accepted"] == 1
    await world.complete("derbyshire", "230", "leadership-1", "2025-09-01")
    body = {"learner_id": str(learner_id), "programme_id": "npp", "part": "NPP4"}
    enrolled = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert enrolled.status_code == 201
    leading = enrolled.json()["parts"][-1]
    assert (leading["how"], leading["completed_on"]) == ("manual", "2025-08-01")
    assert leading["modules"][0]["via"] == "csv"


async def test_a_crash_in_the_middle_and_the_file_again_is_the_same_result(world: World) -> None:
    for collar in ("240", "241"):
        await world.register(collar)
    good = [row("240", "asb-1", "2025-07-02"), row("9998", "asb-1", "2025-07-02")]
    filler = [row("240", "asb-1", "2025-07-02")] * 1_500
    content = csv_of([*good, *filler, row("241", "asb-1", "2025-07-02")])
    # A crash leaves what the first chunks committed, and a file that never finished.
    first = (await world.upload("/completions", content, world.token(PLATFORM))).json()
    await world.forget_end_of(first["upload_id"])
    again = (await world.upload("/completions", content, world.token(PLATFORM))).json()
    assert again == first
    assert (again["rows"], again["accepted"], again["repeated"]) == (1_503, 1_502, False)
    assert await world.value("SELECT count(*) FROM rejected_rows WHERE line = 3") >= 1
