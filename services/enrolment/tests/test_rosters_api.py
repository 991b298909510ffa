"""Rosters over HTTP: good rows stay, bad rows go back, the same again changes nothing."""

import csv
import io

import pytest

from .given import NPP, csv_of, part, roster_row
from .world import World

BUT_THE_FILE = "SELECT count(*) FROM event_log WHERE type NOT LIKE '%file-taken%'"


async def test_a_roster_registers_and_enrols_by_rule(world: World) -> None:
    rows = [
        roster_row(collar_number="100", worker_type="pcso", rank="none"),
        roster_row(collar_number="101", rank="sergeant"),
        roster_row(collar_number="102", worker_type="volunteer", rank="none"),
    ]
    answer = await world.upload("/rosters", csv_of(rows), world.admin())
    assert answer.status_code == 200
    said = answer.json()
    assert (said["rows"], said["accepted"], said["rejected"]) == (3, 3, 0)
    assert (said["rejected_csv"], said["repeated"]) == (None, False)
    pcso, sergeant = await world.person("100"), await world.person("101")
    assert (pcso["given_name"], pcso["family_name"]) == ("Siân", "Ŵyn-Jones")
    assert parts_of(pcso) == ["NPP1", "NPP2"]
    assert parts_of(sergeant) == ["NPP1", "NPP4"]
    assert (await world.person("102"))["enrolments"] == []
    (registered,) = await world.events(pcso["learner_id"])
    assert (registered["type"], registered["sequence"]) == ("learner-registered", 1)
    enrolled = await world.events(pcso["enrolments"][0]["enrolment_id"])
    assert [(e["sequence"], e["payload"]["part"], e["payload"]["how"]) for e in enrolled] == [
        (1, "NPP1", "rule"),
        (2, "NPP2", "rule"),
    ]


def parts_of(learner: dict[str, object]) -> list[str]:
    enrolments = learner["enrolments"]
    assert isinstance(enrolments, list)
    return [each["part"] for enrolment in enrolments for each in enrolment["parts"]]


async def test_the_same_file_again_is_recognised_by_its_content(world: World) -> None:
    content = csv_of([roster_row(collar_number="110"), roster_row(collar_number="x y")])
    first = (await world.upload("/rosters", content, world.admin())).json()
    events = await world.value("SELECT count(*) FROM event_log")
    again = (await world.upload("/rosters", content, world.admin())).json()
    assert again == first | {"repeated": True}
    assert (again["accepted"], again["rejected"]) == (1, 1)
    assert await world.value("SELECT count(*) FROM event_log") == events


async def test_the_same_rows_in_another_file_change_nothing(world: World) -> None:
    rows = [roster_row(collar_number="120"), roster_row(collar_number="121")]
    await world.upload("/rosters", csv_of(rows), world.admin())
    events = await world.value(BUT_THE_FILE)
    answer = await world.upload("/rosters", csv_of(rows[::-1]), world.admin())
    assert (answer.json()["accepted"], answer.json()["repeated"]) == (2, False)
    assert await world.value(BUT_THE_FILE) == events


async def test_bad_rows_go_back_as_they_came_with_the_reason(world: World) -> None:
    rows = [
        roster_row(collar_number="130"),
        roster_row(collar_number="131", given_name="=cmd|'/C calc'!A0", email="@SUM(A1)"),
        roster_row(collar_number="130", family_name="Ap Rhys"),
        roster_row(collar_number="132", joined_on="31/02/2024", family_name="Llŷr"),
    ]
    answer = (await world.upload("/rosters", csv_of(rows), world.admin())).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 3)
    returned = await world.client.get(answer["rejected_csv"], headers=world.admin())
    assert returned.headers["content-type"].startswith("text/csv")
    back = list(csv.DictReader(io.StringIO(returned.content.decode())))
    assert [(each["line"], each["column"], each["code"]) for each in back] == [
        ("3", "given_name", "name-invalid"),
        ("4", "collar_number", "duplicate-collar-number"),
        ("5", "joined_on", "date-invalid"),
    ]
    assert (back[0]["given_name"], back[0]["email"]) == ("'=cmd|'/C calc'!A0", "'@SUM(A1)")
    assert back[2]["family_name"] == "Llŷr"
    assert back[2]["reason"].startswith("A date is YYYY-MM-DD or DD/MM/YYYY")


async def test_corrected_rows_may_come_back_as_they_went_out(world: World) -> None:
    bad = csv_of([roster_row(collar_number="140", rank="boss")])
    answer = (await world.upload("/rosters", bad, world.admin())).json()
    returned = await world.client.get(answer["rejected_csv"], headers=world.admin())
    corrected = returned.content.replace(b"boss", b"constable")
    assert (await world.upload("/rosters", corrected, world.admin())).json()["accepted"] == 1


async def test_a_promotion_updates_the_role_and_adds_a_part(world: World) -> None:
    learner_id = await world.register("150")
    await world.register("150", rank="sergeant", family_name="Ŵyn")
    learner = await world.person("150")
    assert (learner["learner_id"], learner["rank"]) == (str(learner_id), "sergeant")
    assert (learner["family_name"], learner["version"]) == ("Ŵyn", 2)
    assert parts_of(learner) == ["NPP1", "NPP2", "NPP4"]


async def test_a_national_admin_names_the_force(world: World) -> None:
    content = csv_of([roster_row(collar_number="160")])
    national = world.token("national-admin")
    assert (await world.upload("/rosters", content, national)).json()["code"] == "force-needed"
    answer = await world.upload("/rosters", content, national, force_id="E23000032")
    assert answer.json()["accepted"] == 1
    assert (await world.person("160", "kent"))["force_id"] == "kent"


async def test_a_file_of_another_force_is_not_seen(world: World) -> None:
    content = csv_of([roster_row(collar_number="x y")])
    answer = (await world.upload("/rosters", content, world.admin())).json()
    for path in (f"/uploads/{answer['upload_id']}", answer["rejected_csv"]):
        assert (await world.client.get(path, headers=world.admin())).status_code == 200
        seen = await world.client.get(path, headers=world.admin("kent"))
        assert (seen.status_code, seen.json()["code"]) == (404, "upload-unknown")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
async def test_any_line_ends_and_a_byte_order_mark_are_read(world: World, ends: str) -> None:
    content = csv_of([roster_row(collar_number=f"17{len(ends)}{ord(ends[0])}")])
    body = "\ufeff" + content.replace("\r\n", ends)
    assert (await world.upload("/rosters", body, world.admin())).json()["accepted"] == 1


async def test_a_new_version_takes_newcomers_only(world: World) -> None:
    await world.register("180", "kent")
    second = NPP | {"version": 2, "parts": [part("NPP1", "a-1", police_officer=[], pcso=[])]}
    assert (await world.publish(second)).status_code == 201
    await world.register("181", "kent")
    await world.register("180", "kent", rank="sergeant")
    old, new = await world.person("180", "kent"), await world.person("181", "kent")
    assert [each["programme_version"] for each in old["enrolments"]] == [1]
    assert parts_of(old) == ["NPP1", "NPP2", "NPP4"]
    assert [each["programme_version"] for each in new["enrolments"]] == [2]


async def test_a_force_uploads_for_itself_only(world: World) -> None:
    content = csv_of([roster_row(collar_number="190")])
    own = await world.upload("/rosters", content, world.admin(), force_id="Derbyshire")
    assert own.status_code == 200
    other = await world.upload("/rosters", content, world.admin(), force_id="kent")
    assert (other.status_code, other.json()["code"]) == (422, "another-force")
