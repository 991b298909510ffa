"""The national return over HTTP, on a real log: frozen, confirmed, corrected, published."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import DBAPIError

from npp_contracts.ids import SessionId
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.domain.differences import differences
from reporting.domain.forces import forces
from reporting.domain.returns import SETS

from .given import TODAY, Person, people, session, workforce
from .nation import journey
from .returning import PUBLISHER, ReturnWorld, returning, signoff
from .world import ANALYST, NATION, force, row

LATER = date(2026, 6, 20)
DAY = "2026-06-10"


async def kent_and_essex(world: ReturnWorld) -> None:
    await world.happens(workforce("kent", 100), workforce("essex", 80))
    for one in [*people(10, "kent"), *people(8, "essex")]:
        await world.happens(*one.certified())


async def test_what_is_frozen_is_what_the_figures_say(returns: ReturnWorld) -> None:
    chance, names = Random(1), ("kent", "essex", "metropolitan")
    everybody = [Person(each) for each in names for _ in range(12)]
    hosted = SessionId(uuid4())
    await returns.happens(*(workforce(each, 100) for each in names), session(hosted, "kent"))
    for one in everybody:
        await returns.happens(*journey(one, chance))
    # Of people at its session a force sees its own.
    await returns.happens(*(one.booked(hosted) for one in everybody[::12]))
    today = await returns.value("SELECT current_date")
    found = await returns.opened(today.isoformat())
    for claims in (NATION, force("metropolitan", "force-admin"), force("kent")):
        for name in SETS["national"].figures:
            live, frozen = (
                await returns.figure(name, **claims),
                await returns.frozen(found, name, **claims),
            )
            live.pop("national", None)
            assert list(differences(name, live, frozen)) == []
    assert (await returns.frozen(found, "forces"))["totals"]["registered"] == 36
    seats = await returns.frozen(found, "sessions", **force("kent"))
    assert [each["booked"] for each in seats["rows"]] == [1]


async def test_a_revised_denominator_changes_the_ratio_of_today_and_no_return(
    returns: ReturnWorld,
) -> None:
    await kent_and_essex(returns)
    found = await returns.opened(DAY)
    for force_id in ("kent", "essex"):
        assert (await returns.confirm(found, force_id)).status_code == 201
    assert (await returns.publish(found)).status_code == 200
    before = await returns.frozen(found, "headline")

    await returns.happens(workforce("kent", 50))

    assert row(await returns.figure("headline"), force_id="kent")["percent"] == 20.0
    assert await returns.frozen(found, "headline") == before
    assert row(before, force_id="kent")["percent"] == 10.0
    assert await returns.corrected(found, "Kent counted twice") == 2
    assert await returns.frozen(found, "headline") == before
    told = await returns.read(f"/returns/{found}/versions/2/differences")
    assert (told["against"], told["reason"]) == (1, "Kent counted twice")
    changed = {(e["figure"], e["where"]): (e["old"], e["new"]) for e in told["figures"]}
    assert changed == {
        ("headline", "rows[kent].denominator"): (100, 50),
        ("headline", "rows[kent].revision"): (1, 2),
        ("headline", "rows[kent].percent"): (10.0, 20.0),
        ("headline", "denominator.value"): (180, 130),
        ("headline", "percent"): (10.0, 13.85),
        ("forces", "rows[kent].denominator"): (100, 50),
        ("forces", "rows[kent].percent"): (10.0, 20.0),
    }
    # Essex's part is what it was, so it stays confirmed; Kent's is not.
    (_, second) = (await returns.read(f"/returns/{found}"))["versions"]
    assert [each["force_id"] for each in second["confirmed"]] == ["essex"]
    assert (told["confirmed"], told["no_longer_confirmed"]) == ([], ["kent"])
    # To Essex no more is told than that nothing of its own has changed.
    path = f"/returns/{found}/versions/2/differences"
    own = await returns.read(path, **force("essex"))
    assert "kent" not in str(own).lower()
    assert (own["figures"], own["no_longer_confirmed"]) == ([], [])
    assert (await returns.confirm(found, "kent", 2)).json()["from_version"] == 2


async def test_a_correction_knows_what_was_told_late_of_the_day_and_nothing_later(
    returns: ReturnWorld,
) -> None:
    person = Person("kent")
    await returns.happens(*person.certified(), person.completed("a"))
    found = await returns.opened(DAY)
    await returns.happens(person.completed("late"), person.completed("new", LATER))
    await returns.happens(workforce("kent", 40), workforce("kent", 20, LATER))
    await returns.corrected(found, "late registers")
    assert (await returns.figure("module-completions"))["n"] == 3
    first = await returns.frozen(found, "module-completions")
    second = await returns.frozen(found, "module-completions", 2)
    assert (first["n"], second["n"]) == (1, 2)
    kent = row(await returns.frozen(found, "headline", 2), force_id="kent")
    assert (kent["denominator"], kent["as_of"]) == (40, TODAY.isoformat())


async def test_who_has_confirmed_and_who_has_not(returns: ReturnWorld) -> None:
    await kent_and_essex(returns)
    found = await returns.opened(DAY)
    assert (await returns.confirm(found, "kent")).status_code == 201
    (version,) = (await returns.read(f"/returns/{found}", **PUBLISHER))["versions"]
    (confirmed,) = version["confirmed"]
    assert (confirmed["force_id"], confirmed["confirmed_by"]) == ("kent", "signoff-kent")
    assert version["missing"] == [each for each in forces() if each != "kent"]
    assert "kent" not in version["without_denominator"]
    # To Essex nothing is told of Kent, nor who has opened the return.
    (own,) = (await returns.read(f"/returns/{found}", **force("essex")))["versions"]
    assert own["confirmed"] == []
    assert "kent" not in str(own)
    assert {"missing", "made_by", "not_applied", "reason"}.isdisjoint(own)


async def test_a_late_confirmation_is_a_version_of_its_own(returns: ReturnWorld) -> None:
    await kent_and_essex(returns)
    found = await returns.opened(DAY)
    await returns.publish(found)
    assert (await returns.confirm(found, "kent")).json()["from_version"] == 2
    assert (await returns.confirm(found, "essex", 2)).json()["from_version"] == 2
    first, second = (await returns.read(f"/returns/{found}", **PUBLISHER))["versions"]
    assert (first["confirmed"], first["state"]) == ([], "published")
    assert [each["force_id"] for each in second["confirmed"]] == ["essex", "kent"]
    assert (second["reason"], second["state"]) == ("late confirmation", "frozen")
    told = await returns.read(f"/returns/{found}/versions/2/differences", **PUBLISHER)
    assert (told["figures"], told["confirmed"]) == ([], ["essex", "kent"])
    assert (await returns.publish(found, 2)).status_code == 200


async def test_what_has_changed_is_told_between_versions_that_the_reader_sees(
    returns: ReturnWorld,
) -> None:
    await kent_and_essex(returns)
    found = await returns.opened(DAY)
    assert (await returns.publish(found)).status_code == 200
    for headcount in (60, 50):
        await returns.happens(workforce("kent", headcount))
        await returns.corrected(found)
    assert (await returns.publish(found, 3)).status_code == 200
    path = f"/returns/{found}/versions/3/differences"

    async def told(query: str = "", **claims: Any) -> tuple[int, dict[str, Any]]:
        answer = await returns.read(path + query, **claims)
        assert answer["against"] is not None
        where = "rows[kent].denominator"
        (kent,) = [
            each
            for each in answer["figures"]
            if (each["figure"], each["where"]) == ("headline", where)
        ]
        return answer["against"], {"old": kent["old"], "new": kent["new"]}

    # The second was never published.
    assert await told(**ANALYST) == (1, {"old": 100, "new": 50})
    assert await told(**PUBLISHER) == (2, {"old": 60, "new": 50})
    assert await told("?against=1", **PUBLISHER) == (1, {"old": 100, "new": 50})
    for claims, query in ((ANALYST, "against=2"), (ANALYST, "against=3"), (PUBLISHER, "against=4")):
        answer = await returns.get(f"{path}?{query}", **claims)
        assert (answer.status_code, answer.json()["code"]) == (404, "return-unknown")


async def test_who_reads_which_version(returns: ReturnWorld) -> None:
    await kent_and_essex(returns)
    await returns.happens(*Person("surrey").certified())
    found = await returns.opened(DAY)
    path = f"/returns/{found}/versions/1/headline.json"
    for path_of in (f"/returns/{found}", path):
        assert (await returns.get(path_of, **ANALYST)).status_code == 404
        assert (await returns.get(path_of, **force("kent", "candidate"))).status_code == 403
    assert (await returns.read("/returns", **ANALYST))["items"] == []
    assert row(await returns.frozen(found, "headline"), force_id="surrey")["numerator"] == 1
    seen = await returns.frozen(found, "headline", **PUBLISHER)
    assert row(seen, force_id="surrey")["numerator"] is None
    own = await returns.frozen(found, "headline", **force("kent"))
    assert [each["force_id"] for each in own["rows"]] == ["kent"]
    await returns.publish(found)
    assert await returns.frozen(found, "headline", **ANALYST) == seen
    assert [e["period"] for e in (await returns.read("/returns", **ANALYST))["items"]] == [
        "2026-q2"
    ]


@pytest.fixture(scope="module")
async def refusing(
    postgres: PostgresForTests, kafka: KafkaForTests
) -> AsyncIterator[tuple[ReturnWorld, str]]:
    """Kent has confirmed, Gwent says that it has nobody, Dorset has said nothing."""
    async with returning(postgres.database("refusing"), kafka) as world:
        await kent_and_essex(world)
        await world.happens(workforce("gwent", 0))
        found = await world.opened(DAY)
        await world.confirm(found, "kent")
        yield world, found


@pytest.mark.parametrize(
    ("path", "body", "claims", "status", "code"),
    [
        ("", {"period": "q3", "as_of": "2999-01-01"}, PUBLISHER, 422, "day-to-come"),
        ("", {"period": "q3", "as_of": DAY, "set": "x"}, PUBLISHER, 422, "set-unknown"),
        ("", {"period": "q3", "as_of": 20}, PUBLISHER, 422, "invalid"),
        ("", {"period": "q3!", "as_of": DAY}, PUBLISHER, 422, "invalid"),
        ("", {"period": "2026-q2", "as_of": DAY}, PUBLISHER, 409, "return-opened"),
        ("", {"period": "q3", "as_of": DAY}, NATION, 403, "forbidden"),
        ("/{none}/corrections", {"reason": "x"}, PUBLISHER, 404, "return-unknown"),
        ("/{it}/corrections", {"reason": " "}, PUBLISHER, 422, "invalid"),
        ("/{it}/corrections", {"reason": "x"}, signoff("kent"), 403, "forbidden"),
        ("/{none}/confirmations/kent", {"version": 1}, signoff("kent"), 404, "return-unknown"),
        ("/{it}/confirmations/kent", {"version": 2}, signoff("kent"), 409, "version-superseded"),
        ("/{it}/confirmations/kent", {"version": 1}, signoff("kent"), 409, "already-confirmed"),
        (
            "/{it}/confirmations/kent",
            {"version": 1},
            signoff("essex"),
            403,
            "confirming-for-another",
        ),
        ("/{it}/confirmations/kent", {"version": 1}, force("kent"), 403, "forbidden"),
        ("/{it}/confirmations/kent", {"version": 1}, PUBLISHER, 403, "forbidden"),
        (
            "/{it}/confirmations/dorset",
            {"version": 1},
            signoff("dorset"),
            409,
            "denominator-missing",
        ),
        ("/{it}/confirmations/gwent", {"version": 1}, signoff("gwent"), 409, "denominator-missing"),
        ("/{it}/publication", {"version": 9}, PUBLISHER, 409, "version-superseded"),
        ("/{it}/publication", {"version": 1}, ANALYST, 403, "forbidden"),
    ],
)
async def test_what_is_refused(
    refusing: tuple[ReturnWorld, str],
    path: str,
    body: dict[str, Any],
    *,
    claims: dict[str, Any],
    status: int,
    code: str,
) -> None:
    world, found = refusing
    none = "00000000-0000-4000-8000-000000000000"
    answer = await world.post(f"/returns{path.format(it=found, none=none)}", body, **claims)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    # Nobody is told of another force's part.
    assert "denominator" not in answer.json().get("facts", {})


async def test_what_is_published_is_not_published_again(returns: ReturnWorld) -> None:
    found = await returns.opened(DAY)
    await returns.publish(found)
    assert (await returns.publish(found)).json()["code"] == "already-published"


async def test_figures_that_are_still_being_read_are_refused(returns: ReturnWorld) -> None:
    body = {"period": "q3", "as_of": DAY}
    found = (await returns.post("/returns", body, **PUBLISHER)).json()["return_id"]
    assert (await returns.confirm(found, "kent")).json()["code"] == "still-reading"
    assert (await returns.publish(found)).json()["code"] == "still-reading"
    answer = await returns.get(f"/returns/{found}/versions/1/headline.json")
    assert answer.json()["code"] == "still-reading"
    again = await returns.post(f"/returns/{found}/corrections", {"reason": "x"}, **PUBLISHER)
    assert again.json()["code"] == "still-reading"


async def test_how_long_a_cut_has_waited_is_told(returns: ReturnWorld) -> None:
    body = {"period": "q3", "as_of": DAY}
    await returns.post("/returns", body, **PUBLISHER)
    ages = []
    for _ in range(2):
        await returns.freeze()
        ages.append(REGISTRY.get_sample_value("npp_cut_age_seconds"))
    assert ages[0]
    assert ages[1] == 0


async def test_two_who_read_at_once_freeze_once(returns: ReturnWorld) -> None:
    await kent_and_essex(returns)
    body = {"period": "q3", "as_of": DAY}
    found = (await returns.post("/returns", body, **PUBLISHER)).json()["return_id"]
    await asyncio.gather(*(returns.freeze() for _ in range(3)))
    assert (await returns.frozen(found, "headline"))["numerator"] == 18
    assert await returns.value("SELECT count(*) FROM cut_parts") == len(forces())


async def test_the_database_refuses_to_change_what_is_frozen(returns: ReturnWorld) -> None:
    found = await returns.opened(DAY)
    await returns.confirm(found, "kent")
    await returns.publish(found)
    for sql in (
        "UPDATE cut_figures SET document = '{}'",
        "DELETE FROM cut_figures",
        "UPDATE cut_parts SET denominator = 1",
        "UPDATE cuts SET ends = NULL",
        "UPDATE return_versions SET published_at = now()",
        "DELETE FROM return_versions",
    ):
        with pytest.raises(DBAPIError, match="is frozen"):
            await returns.run(sql)
