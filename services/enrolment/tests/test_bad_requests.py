"""Bad input: one typed problem that names field and rule, and nothing changes."""

import gzip
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enrolment.domain.roster import COLUMNS

from .given import csv_of, roster_row
from .world import World

HEADER = ",".join(COLUMNS) + "\n"
GOOD = csv_of([roster_row(collar_number="900")])


@pytest.fixture(autouse=True)
async def nothing_changes(world: World) -> AsyncIterator[None]:
    sql = (
        "SELECT jsonb_build_array("
        + ", ".join(
            f"(SELECT count(*) FROM {table})"
            for table in ("event_log", "learners", "uploads", "rejected_rows", "statements")
        )
        + ")"
    )
    before = await world.value(sql)
    yield
    assert await world.value(sql) == before


def zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("roster.csv", b"0" * 10_000_000)
    return archive.getvalue()


def huge(rows: int) -> bytes:
    return (HEADER + "1,a,b,c,d,e,f,g\n" * rows).encode()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "wrong-header"),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), 422, "not-utf-8"),
        (GOOD.replace("Ŵyn", "Wyn").encode("latin-1"), 422, "not-utf-8"),
        (GOOD.replace("email", "e-mail").encode(), 422, "wrong-header"),
        (GOOD.replace("Siân", "x" * 1_000_000).encode(), 413, "field-too-large"),
        ((GOOD + '"never closed').encode(), 400, "csv-malformed"),
        (gzip.compress(GOOD.encode()), 415, "csv-compressed"),
        (zipped(), 415, "csv-compressed"),
        (b"a" * (64 * 1024 * 1024 + 1), 413, "body-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_file_that_cannot_be_read_is_refused_whole(
    world: World, content: bytes, status: int, code: str
) -> None:
    for path in ("/rosters", "/completions"):
        answer = await world.upload(path, content, world.admin())
        assert answer.headers["content-type"] == "application/problem+json"
        if path == "/rosters":  # the other columns are no completions file's in any case
            assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_million_and_one_rows_are_refused_before_the_first_is_taken(world: World) -> None:
    answer = await world.upload("/rosters", huge(1_000_001), world.admin())
    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-rows")
    assert answer.json()["facts"] == {"max_rows": 1_000_000}


async def test_a_body_that_is_no_csv_is_refused(world: World) -> None:
    for headers, code in (
        ({"Content-Type": "application/json"}, "not-csv"),
        ({"Content-Type": "text/csv", "Content-Encoding": "gzip"}, "body-encoded"),
    ):
        answer = await world.client.post("/rosters", content=GOOD, headers=world.admin() | headers)
        assert (answer.status_code, answer.json()["code"]) == (415, code)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (None, 401),
        ({"exp": 1}, 401),
        ({"aud": "somebody-else"}, 401),
        ({"iss": "https://elsewhere.test"}, 401),
        ({"roles": ["candidate"]}, 403),
        ({"roles": ["learning-platform"], "force_id": "national"}, 403),
    ],
)
async def test_tokens_that_do_not_do(
    world: World, claims: dict[str, Any] | None, status: int
) -> None:
    headers = {} if claims is None else world.issuer.bearer(**claims)
    answer = await world.upload("/rosters", GOOD, headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b'{"programme_id": "npp",', "json-malformed", None),
        (
            b'{"programme_id": "N P P", "version": 2, "title": "T", "parts": []}',
            "invalid",
            "programme_id",
        ),
        (
            b'{"programme_id": "npp", "version": 9, "title": "T", "parts": [{}]}',
            "invalid",
            "parts.0.code",
        ),
    ],
)
async def test_a_programme_that_cannot_be_read(
    world: World, body: bytes, code: str, field: str | None
) -> None:
    headers = world.token("national-admin") | {"Content-Type": "application/json"}
    answer = await world.client.post("/programmes", content=body, headers=headers)
    assert (answer.json()["code"], answer.json().get("field")) == (code, field)


@pytest.mark.parametrize(
    "path",
    [
        "/learners/00000000-0000-7000-8000-000000000000",
        "/learners/00000000-0000-7000-8000-000000000000/timeline",
        "/enrolments/00000000-0000-7000-8000-000000000000",
        "/uploads/00000000-0000-7000-8000-000000000000",
    ],
)
async def test_what_is_not_there_is_404(world: World, path: str) -> None:
    assert (await world.client.get(path, headers=world.admin())).status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=nonsense", "cursor-malformed"),
        ("limit=0", "invalid"),
        ("updated_since=yesterday", "invalid"),
        ("force_id=Borsetshire", "force-unknown"),
        ("collar_number=no+number+of+ours", "collar-number-invalid"),
    ],
)
async def test_lists_refuse_what_they_cannot_read(world: World, query: str, code: str) -> None:
    answer = await world.client.get(f"/learners?{query}", headers=world.admin())
    assert answer.json()["code"] == code
