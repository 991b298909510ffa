"""Somebody with data in all five services is erased: nothing tells who it was, all still counts."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from chassis.testing import dumping
from npp_ops.cli import build
from npp_ops.simulate.load.idle import wait_until_idle
from npp_ops.stack import Stack, services
from npp_ops.testing import PostgresForTests
from npp_ops.waiting import finish
from reporting.app import SERVICE as REPORTING

from .officer import ADMIN, NATIONAL, Officer
from .platform import FORCE, Person, Platform, eventually
from .test_any_order import everything, feed, tables
from .test_officer import go_all_the_way

TELLING = ("Myfanwy", "Erasmus", "3001x")
NATIONAL_DPO = Person("national-dpo", "national")
# What figures say of when they were made, not of whom they count.
_OF_NOW = {"as_of", "freshness"}


def npp(*arguments: str) -> Any:
    answer = CliRunner().invoke(build(), [*arguments], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)


@pytest.fixture(scope="module")
def officer(stack: Stack, platform: Platform, programme: None) -> Officer:
    made = Officer(platform, "3001x", name="Myfanwy,Erasmus", words="As Myfanwy Erasmus said.")
    go_all_the_way(made)
    eventually(lambda: "programme-completed" in str(made.timeline()))
    eventually(lambda: "programme-completed" in str(fed(platform)))
    finish(wait_until_idle(stack))
    return made


def fed(platform: Platform) -> list[dict[str, Any]]:
    """The force's feed, from its first event."""
    found: list[dict[str, Any]] = []
    last = ""
    while page := platform.get(ADMIN, "reporting", f"/feeds/{FORCE}/events?limit=1000{last}"):
        found += page
        last = f"&lastEventId={page[-1]['id']}"
    return found


def figures(platform: Platform) -> dict[str, Any]:
    """Every figure, as the nation and as the force has it."""
    found = {}
    for who in (NATIONAL, ADMIN):
        for figure in platform.get(who, "reporting", "/figures")["figures"]:
            said = platform.get(who, "reporting", figure["json"])
            if said["id"] != "freshness":
                counted = {name: value for name, value in said.items() if name not in _OF_NOW}
                found[f"{who.role} {said['id']}"] = counted
    return found


def dumped(stack: Stack) -> dict[str, str]:
    """Every table of every database as text."""
    return {
        f"{service}.{table}": text
        for service in services()
        for table, text in finish(_dump(stack.database_url(service))).items()
    }


async def _dump(url: str) -> dict[str, str]:
    database = Database(url, scope=EVERY_FORCE, size=1)
    try:
        return await dumping.dumped(database.fetch)
    finally:
        await database.close()


async def _on_hold(url: str) -> set[str]:
    database = Database(url, scope=EVERY_FORCE, size=1)
    found = {str(row[0]) for row in await database.fetch("SELECT learner_id FROM holds")}
    await database.close()
    return found


def found_in(dump: dict[str, str]) -> set[str]:
    return {
        table for table, text in dump.items() if any(each.casefold() in text for each in TELLING)
    }


def test_who_somebody_was_is_erased_from_every_service_and_no_number_changes(
    stack: Stack, platform: Platform, officer: Officer
) -> None:
    everybody = figures(platform)
    before = found_in(dumped(stack))
    assert {
        "enrolment.learners",
        "enrolment.postings",
        "enrolment.statements",
        "portfolio.evidence",
        "portfolio.decisions",
        "events.attendance_reasons",
    } <= before
    (enrolled, *_) = [e for e in fed(platform) if e["type"].endswith("learner-registered.v1")][-1:]

    asked = ("--ground", "objection", "--because", "left the service", "--yes", "--json")
    done = npp("erase", officer.learner_id, *asked)
    assert done["force_ids"] == [FORCE]
    (state,) = eventually(
        lambda: npp("erasure", "list", "--json")["erasures"], lambda found: not found[0]["missing"]
    )
    assert set(state["done"]) == set(services())
    rows = {name: receipt["rows"] for name, receipt in state["done"].items()}
    assert (rows["portfolio"]["evidence"], rows["portfolio"]["decisions"]) == (2, 2)
    assert rows["events"]["attendance-reasons"] == 1
    assert rows["assessment"]["attempts"] == 2
    assert rows["enrolment"]["learners"] == 1

    assert found_in(dumped(stack)) == set()
    said = eventually(lambda: [e for e in fed(platform) if "learner-erased" in e["type"]])
    assert [each["subject"] for each in said] == [enrolled["subject"]]
    asked_for = {"pseudonyms": [enrolled["subject"]]}
    translated = platform.send(ADMIN, "POST", "enrolment", "/pseudonyms/translate", asked_for)
    assert translated.json() == {"items": [], "unknown": [enrolled["subject"]]}
    assert figures(platform) == everybody
    assert state["forces"] == {FORCE: None}
    own = f"/erasures/{enrolled['subject']}/confirmation"
    confirmed = platform.send(ADMIN, "POST", "reporting", own).json()
    (state,) = npp("erasure", "list", "--json")["erasures"]
    assert state["forces"] == {FORCE: confirmed["confirmed_at"]}


async def test_the_log_brings_back_the_counts_and_nobody(
    stack: Stack, platform: Platform, officer: Officer, postgres: PostgresForTests
) -> None:
    records = await everything(stack.bootstrap_servers)
    log = [r for part in records.values() for r in part]
    kinds = [str(value) for r in log for name, value in r.headers if name == "ce_type"]
    assert any("learner-erased" in kind for kind in kinds)
    whole = b"\n".join(
        part or b"" for r in log for part in (r.key, r.value, *(value for _, value in r.headers))
    )
    assert [each for each in TELLING if each.casefold().encode() in whole.lower()] == []
    live = Database(stack.database_url("reporting"), scope=EVERY_FORCE, size=2)
    anew = Database(postgres.database("anew"), scope=EVERY_FORCE)
    await migrate(anew.engine, REPORTING.migrations)
    for projection in REPORTING.projections:
        await feed(projection, anew, [records[place] for place in sorted(records)])
        assert await tables(anew, projection) == await tables(live, projection)
    await live.close()
    await anew.close()


def test_a_hold_is_known_everywhere_and_lifted_everywhere(
    stack: Stack, platform: Platform, programme: None
) -> None:
    held = Officer(platform, "3002")
    held.is_on_the_roster()

    def holds() -> set[str]:
        urls = {name: stack.database_url(name) for name in services()}
        return {name for name, url in urls.items() if held.learner_id in finish(_on_hold(url))}

    runner = CliRunner()
    placed = runner.invoke(build(), ["hold", "place", held.learner_id, "--because", "a claim"])
    assert placed.exit_code == 0, placed.output
    eventually(holds, lambda found: len(found) == len(services()))
    asked = ["--ground", "objection", "--because", "asked", "--yes"]
    refused = runner.invoke(build(), ["erase", held.learner_id, *asked])
    assert "learner-held" in str(refused.exception)
    lifted = runner.invoke(build(), ["hold", "lift", held.learner_id, "--because", "settled"])
    assert lifted.exit_code == 0, lifted.output
    eventually(holds, lambda found: found == set())
    assert "hold-placed" not in str(fed(platform))
    rules = [each["rule"] for due in npp("retention", "--json").values() for each in due]
    assert {"statements", "rejected-rows", "evidence", "attendance-reasons"} <= set(rules)


def test_subject_access_is_all_of_it_or_fails(
    stack: Stack, platform: Platform, programme: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Officer(platform, "3003", name="Angharad,Seer")
    asking.is_on_the_roster()
    whole = npp("subject-access", asking.learner_id, "--reference", "SAR-7")
    assert whole["complete"] is True
    assert set(whole["services"]) == set(services())
    learner = next(e for e in whole["services"]["enrolment"] if e["name"] == "learners")
    assert learner["rows"][0]["given_name"] == "Angharad"
    own = npp("subject-access", asking.learner_id, "--reference", "SAR-8", "--force", FORCE)
    assert (own["complete"], own["other_forces"]) == (False, 0)
    assert "enrolment: holds" in own["withheld"]
    with pytest.raises(Exception, match="learner-unknown"):
        npp("subject-access", asking.learner_id, "--reference", "SAR-9", "--force", "kent")

    ports = dict(stack.state.ports)
    real = Stack.url

    def url(self: Stack, name: str) -> str:
        away = f"http://127.0.0.1:{ports['kafka']}"
        return away if name == "events" else real(self, name)

    monkeypatch.setattr(Stack, "url", url)
    with pytest.raises(Exception, match="events"):
        npp("subject-access", asking.learner_id, "--reference", "SAR-10")
