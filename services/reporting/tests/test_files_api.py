"""The files door over HTTP: days, packages and links, and everything that is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from chassis import clock
from npp_contracts.enrolment import ProgrammePublished
from npp_contracts.testing import examples
from reporting.files.links import HOUR, LinkExpired, LinkInvalid, Links

from .feeding import FeedWorld, code
from .filing import fetched, files, link, made, manifest, older, opened, package, yesterday
from .given import Person

REGISTERED = "npp.enrolment.learner-registered.v1"
DAY = date(2026, 6, 19)
# As the profile of Data Package 2.0 has it for `path` and `name`.
PATH = re.compile(r"((?=[^./~])(?!file:)((?!/\.\./)(?!\\)(?!://).)*|(http|ftp)s?://.*)")
NAME = re.compile(r"[-a-z0-9._/]+")


@pytest.fixture
async def filed(feeds: FeedWorld) -> FeedWorld:
    """Two of Kent and one of Essex, yesterday."""
    kent = [Person("kent").registered() for _ in range(2)]
    await feeds.given(*kent, Person("essex").registered())
    await older(feeds)
    await made(feeds)
    return feeds


async def test_days_are_listed_with_what_they_hold(filed: FeedWorld) -> None:
    await filed.given(Person("kent").registered())
    listed = (await filed.read("/files/kent")).json()
    path = f"/files/kent/{yesterday()}/datapackage.json"
    day = {"day": str(yesterday()), "count": 2, "state": "ready", "package": path}
    assert listed == {"feed": "kent", "days": [day]}
    await filed.run("DELETE FROM feed_packages")
    assert (await filed.read("/files/kent")).json()["days"][0]["state"] == "waiting"
    assert code(await opened(filed)) == (503, "files-not-ready")
    assert (await opened(filed)).headers["retry-after"]


async def test_a_package_says_what_its_files_are(filed: FeedWorld) -> None:
    found = await package(filed)
    assert found["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert manifest(found)["count"] == 2
    names = [each["name"] for each in found["resources"]]
    assert names == ["manifest", f"{REGISTERED}.csv", f"{REGISTERED}.parquet"]
    csv_file, parquet_file = files(found)
    assert csv_file["mediatype"] == "text/csv"
    assert parquet_file["mediatype"] == "application/vnd.apache.parquet"
    fields = {each["name"]: each for each in csv_file["schema"]["fields"]}
    assert fields["joined_on"]["type"] == "date"
    assert fields["learner_id"]["description"].startswith("The learner")
    for each in found["resources"]:
        assert NAME.fullmatch(each["name"])
        assert ("path" in each) != ("data" in each)
        assert PATH.fullmatch(each.get("path", "a"))


async def test_a_file_comes_without_a_token_and_not_twice(filed: FeedWorld) -> None:
    found = await package(filed)
    for each in files(found):
        answer = await filed.client.get(link(found, each["name"]))
        assert answer.status_code == 200
        assert len(answer.content) == int(answer.headers["content-length"]) == each["bytes"]
        assert answer.headers["content-type"].partition(";")[0] == each["mediatype"]
        named = f'attachment; filename="{each["name"]}"'
        assert answer.headers["content-disposition"] == named
        assert answer.headers["cache-control"] == "private, no-cache"
        known = {"If-None-Match": answer.headers["etag"]}
        again = await filed.client.get(link(found, each["name"]), headers=known)
        assert (again.status_code, again.content) == (304, b"")


async def test_a_package_that_is_known_is_not_sent_again(filed: FeedWorld) -> None:
    tag = (await opened(filed)).headers["etag"]
    path = f"/files/kent/{yesterday()}/datapackage.json"
    assert (await filed.read(path, headers={"If-None-Match": tag})).status_code == 304


async def test_a_day_without_events_has_a_package_without_files(filed: FeedWorld) -> None:
    for feed, day in (("kent", yesterday() - timedelta(days=1)), ("surrey", yesterday())):
        found = await package(filed, day, feed)
        assert [each["name"] for each in found["resources"]] == ["manifest"]
        told = manifest(found)
        assert (told["count"], told["first_position"]) == (0, None)
        assert told["chain_start"] == told["chain_end"]


async def test_a_day_that_is_not_over_has_none(filed: FeedWorld) -> None:
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=1)):
        answer = await opened(filed, day)
        assert code(answer) == (422, "day-not-over")
        assert (answer.json()["field"], answer.json()["rule"]) == ("day", "over")
    for wrong in ("today", "2026-02-30", "0", "20260619"):
        assert code(await opened(filed, wrong)) == (422, "invalid")
    for limit in (0, 10**9):
        assert code(await filed.read(f"/files/kent?limit={limit}")) == (422, "invalid")


async def test_what_no_force_owns_is_there_for_every_force(filed: FeedWorld) -> None:
    await filed.given(examples(ProgrammePublished)[0].event)
    await filed.run("UPDATE feed_days SET day = day - 1 WHERE force_id = 'national'")
    await made(filed)
    found = await package(filed, feed="national")
    assert [each["rows"] for each in files(found)] == [1, 1]
    assert b"ProgrammePublished" not in await fetched(filed, found, files(found)[0]["name"])


def changed(url: str, **others: str) -> str:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | others
    return str(httpx.URL(urlsplit(url).path).copy_with(params=asked))


async def test_a_link_opens_its_own_file_and_no_other(filed: FeedWorld) -> None:
    url = link(await package(filed), f"{REGISTERED}.csv")
    for other in (
        url.replace("/files/kent/", "/files/essex/"),
        url.replace("/files/kent/", "/files/atlantis/"),
        url.replace(".csv?", ".parquet?"),
        url.replace(".csv?", ".txt?"),
        url.replace(str(yesterday()), "2026-01-01"),
        changed(url, expires=str(int(clock.seconds()) + 10 * HOUR)),
        changed(url, signature="A" * 43),
        changed(url, signature=""),
        changed(url, signature="é"),
        urlsplit(url).path,
        link(await package(filed, feed="essex"), f"{REGISTERED}.csv").replace("essex", "kent"),
    ):
        answer = await filed.client.get(other)
        assert code(answer) == (403, "link-invalid"), other
        told = {k: v for k, v in answer.json().items() if k not in ("correlation_id", "instance")}
        assert set(told) <= {"type", "title", "status", "code"}
    assert (await filed.client.get(url)).status_code == 200


async def test_a_link_expires_and_says_so_to_who_had_it(filed: FeedWorld) -> None:
    url = link(await package(filed), f"{REGISTERED}.csv")
    try:
        clock.be_wrong(timedelta(hours=2))
        answer = await filed.client.get(url)
        altered = await filed.client.get(changed(url, signature="A" * 43))
    finally:
        clock.be_wrong(timedelta())
    assert code(answer) == (410, "link-expired")
    assert code(altered) == (403, "link-invalid")


async def test_a_link_to_what_is_no_longer_kept_says_so(filed: FeedWorld) -> None:
    url = link(await package(filed), f"{REGISTERED}.csv")
    await filed.run("DELETE FROM feed_packages")
    assert code(await filed.client.get(url)) == (410, "files-expired")


async def test_a_file_that_was_altered_is_not_handed_out_whole(filed: FeedWorld) -> None:
    found = await package(filed)
    for each in files(found):
        await filed.run("ALTER TABLE feed_file_parts DISABLE TRIGGER frozen")
        await filed.run(
            "UPDATE feed_file_parts SET content = set_byte(content, 7, 65) WHERE name = :name",
            name=each["name"],
        )
        await filed.run("ALTER TABLE feed_file_parts ENABLE TRIGGER frozen")
        with pytest.raises(Exception, match="kent"):
            await filed.client.get(link(found, each["name"]))
    await filed.run("DELETE FROM feed_file_parts")
    with pytest.raises(Exception, match="kent"):
        await filed.client.get(link(found, files(found)[0]["name"]))


def test_a_link_holds_for_one_to_two_hours_and_by_the_secret_before() -> None:
    former, present = Links([b"f" * 32]), Links([b"p" * 32, b"f" * 32])
    url = former.link("kent", DAY, "a.csv")
    asked = parse_qs(urlsplit(url).query)
    expires, signature = int(asked["expires"][0]), asked["signature"][0]
    assert HOUR < expires - clock.seconds() <= 2 * HOUR
    present.check("kent", DAY, "a.csv", expires, signature)
    assert former.link("kent", DAY, "a.csv") == url
    with pytest.raises(LinkInvalid):
        Links([b"p" * 32]).check("kent", DAY, "a.csv", expires, signature)
    with pytest.raises(LinkInvalid):
        former.check("kent", DAY, "a.csv", expires - 1, signature)
    try:
        clock.be_wrong(timedelta(seconds=expires - clock.seconds() + 1))
        with pytest.raises(LinkExpired):
            former.check("kent", DAY, "a.csv", expires, signature)
    finally:
        clock.be_wrong(timedelta())


async def test_who_opened_what_is_in_the_log_and_no_link(filed: FeedWorld) -> None:
    with capture_logs() as logged:
        found = await package(filed)
        url = link(found, f"{REGISTERED}.csv")
        await filed.client.get(url)
        await filed.client.get(changed(url, signature="A" * 43))
    told = [each for each in logged if str(each["event"]).startswith("file")]
    about = {"feed": "kent", "day": str(yesterday()), "log_level": "info"}
    assert told == [
        {"event": "files-opened", "by": "person-1", **about},
        {"event": "file-read", "name": f"{REGISTERED}.csv", "sent": True, **about},
        {"event": "file-refused", "code": "link-invalid", "log_level": "warning"},
    ]
    assert parse_qs(urlsplit(url).query)["signature"][0] not in repr(logged)
