"""Definitions are data: beside every figure, in every file, the old versions beside the new."""

import csv
import io
from datetime import date
from html import unescape
from uuid import uuid4

import pytest

from npp_contracts.ids import SessionId
from reporting.api.figures import FIGURES
from reporting.domain.definitions import DEFINITIONS, DefinitionUnknown, definition

from .given import Person, cancelled, people, session
from .world import World, force


def test_every_figure_is_built_by_every_version_of_its_definition() -> None:
    assert FIGURES.keys() == DEFINITIONS.keys()
    for name, recipe in FIGURES.items():
        assert list(recipe.build) == list(DEFINITIONS[name])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_says_all_that_it_must(name: str) -> None:
    for version, each in DEFINITIONS[name].items():
        assert (each.id, each.version) == (name, version)
        assert each.title
        assert len(each.words) > 40
        assert each.numerator
        assert len(each.suppression) > 40
        assert bool(each.denominator) == bool(each.denominator_date)
        assert bool(each.denominator) == bool(each.denominator_source)
    assert [each.since for each in DEFINITIONS[name].values()] == sorted(
        each.since for each in DEFINITIONS[name].values()
    )


def test_a_version_holds_from_its_day_on_and_can_be_asked_for_before() -> None:
    second = DEFINITIONS["sessions"][2].since
    assert definition("sessions", None, second).version == 2
    assert definition("sessions", None, date(2026, 6, 1)).version == 1
    assert definition("sessions", 2, date(2026, 6, 1)).version == 2
    with pytest.raises(DefinitionUnknown):
        definition("sessions", 3, second)


@pytest.mark.parametrize(
    ("name", "version"), [(name, each) for name in FIGURES for each in FIGURES[name].build]
)
async def test_every_answer_names_its_definition(world: World, name: str, version: int) -> None:
    await world.given(*Person("kent").certified(), *Person("kent").attended())
    meaning = DEFINITIONS[name][version]
    path = f"/figures/{name}"
    document = (await world.get(f"{path}.json?version={version}")).json()
    assert document["definition"]["words"] == meaning.words
    assert document["definition"]["suppression"] == meaning.suppression
    assert document["version"] == version

    answer = await world.get(f"{path}.csv?version={version}")
    for row in csv.DictReader(io.StringIO(answer.text)):
        assert (row["figure"], row["version"]) == (name, str(version))
    about = answer.headers["link"].removeprefix("<").split(">")[0]
    sidecar = (await world.get(about)).json()
    assert sidecar["notes"][0]["words"] == meaning.words
    columns = [each["name"] for each in sidecar["tableSchema"]["columns"]]
    assert columns == answer.text.splitlines()[0].split(",")


async def test_the_page_says_what_each_panel_means(world: World) -> None:
    for path, shown in (("/", "headline"), ("/", "forces"), ("/sessions", "sessions")):
        page = unescape((await world.get(path)).text)
        meaning = DEFINITIONS[shown][max(DEFINITIONS[shown])]
        assert meaning.denominator in page
        assert f"{shown}, version {meaning.version}, holds from" in page


async def test_two_versions_of_a_figure_both_answer(world: World) -> None:
    held, off = SessionId(uuid4()), SessionId(uuid4())
    came, missing, waits = people(3, "kent")
    await world.given(
        session(held, capacity=2),
        session(off, capacity=30),
        cancelled(off),
        *came.attended("part", session_id=held),
        *missing.attended("no-show", session_id=held),
        waits.booked(held, waits=True),
    )
    first = (await world.get("/figures/sessions.json?version=1")).json()
    second = (await world.get("/figures/sessions.json?version=2")).json()
    assert {(row["state"], row["sessions"], row["capacity"]) for row in first["rows"]} == {
        ("scheduled", 1, 2),
        ("cancelled", 1, 30),
    }
    (row,) = second["rows"]
    names = ("sessions", "places", "booked", "waiting", "attended", "no_show")
    assert [row[name] for name in names] == [1, 2, 2, 1, 1, 1]
    tags = [
        (await world.get(f"/figures/sessions.json?version={n}")).headers["etag"] for n in (1, 2)
    ]
    assert tags[0] != tags[1]


async def test_a_force_counts_its_own_people_at_its_own_sessions(world: World) -> None:
    held = SessionId(uuid4())
    await world.given(
        session(held),
        *Person("kent").attended(session_id=held),
        *Person("essex").attended(session_id=held),
    )
    assert (await world.figure("sessions", **force("kent")))["rows"][0]["attended"] == 1
    assert (await world.figure("sessions", **force("essex")))["rows"] == []
    assert (await world.figure("sessions"))["rows"][0]["attended"] == 2


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("version=9", 404, "definition-unknown"), ("version=0", 422, "invalid")],
)
async def test_a_version_that_is_not_there_is_refused(
    world: World, query: str, status: int, code: str
) -> None:
    for kind in ("json", "csv", "csv-metadata.json"):
        answer = await world.get(f"/figures/headline.{kind}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
