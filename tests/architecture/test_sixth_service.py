"""A sixth service is the files that CONTRIBUTING.md lists, none of them copied, and it runs."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from npp_ops.checks.imports import check_imports
from npp_ops.checks.sizes import check_names
from npp_ops.ports import free_port
from npp_ops.testing import KafkaForTests, PostgresForTests

ROOT = Path(__file__).parents[2]
FOLDER = "services/coaching"
CODE = f"{FOLDER}/src/coaching"
PROJECT = '[project]\nname = "npp-coaching"\ndependencies = ["npp-chassis"]\n'
SERVICE = {
    f"{FOLDER}/pyproject.toml": PROJECT,
    f"{FOLDER}/README.md": "# coaching\nOwns who coaches whom.\n",
    f"{CODE}/__init__.py": '"""Who coaches whom."""\n',
    f"{CODE}/py.typed": "",
    f"{CODE}/__main__.py": '''"""Runs a role of the service."""

from chassis.service import main
from coaching.app import SERVICE

main(SERVICE)
''',
    f"{CODE}/app.py": '''"""The service on one screen."""

from pathlib import Path

from fastapi import APIRouter

from chassis.service import Service
from coaching.store import coaches

router = APIRouter()


@router.get("/tables")
async def tables() -> list[str]:
    return [coaches.name]


SERVICE = Service("coaching", Path(__file__).parents[2] / "migrations", routers=[router])
''',
    f"{CODE}/store.py": '''"""The tables."""

from sqlalchemy import Column, MetaData, Table, Uuid

metadata = MetaData()
coaches = Table("coaches", metadata, Column("learner_id", Uuid, primary_key=True))
''',
    f"{FOLDER}/migrations/0001_initial.py": '''"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "coaching_0001"
down_revision = None
branch_labels = None


def upgrade() -> None:
    op.create_table("coaches", sa.Column("learner_id", sa.Uuid, primary_key=True))
''',
    f"{FOLDER}/tests/test_app.py": '"""Tests of the service."""\n',
}


@pytest.fixture
def workspace(copied: Path) -> Path:
    for name, text in SERVICE.items():
        path = copied / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return copied


@pytest.fixture
def environment(
    workspace: Path, kafka: KafkaForTests, postgres: PostgresForTests
) -> dict[str, str]:
    issuer = f"http://127.0.0.1:{free_port()}"
    return os.environ | {
        "PYTHONPATH": str(workspace / FOLDER / "src"),
        "DATABASE_URL": postgres.database("coaching"),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "HTTP_PORT": str(free_port()),
        "MANAGEMENT_PORT": str(free_port()),
        "OIDC_ISSUER": issuer,
        "OIDC_JWKS_URL": f"{issuer}/jwks",
        "ENVIRONMENT": "test",
    }


@pytest.fixture
def address(environment: dict[str, str]) -> Iterator[str]:
    """Where the service answers, migrated and with all its roles running."""
    role = [sys.executable, "-m", "coaching"]
    subprocess.run([*role, "migrate"], env=environment, check=True)
    with subprocess.Popen([*role, "run"], env=environment) as running:
        yield f"http://127.0.0.1:{environment['HTTP_PORT']}"
        running.terminate()
        try:
            assert running.wait(timeout=25) == 0
        finally:
            running.kill()


def answer(url: str, seconds: float = 90) -> httpx.Response:
    """The first answer that is no refusal to connect and no "not ready"."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            got = httpx.get(url)
        except httpx.TransportError:
            got = httpx.Response(503)
        if got.status_code != 503 or time.monotonic() > deadline:
            return got
        time.sleep(0.05)


def test_its_files_are_the_ones_that_the_page_lists() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a service")[2]
    listed = re.findall(r"^- `([^`]+)`", section, re.MULTILINE)
    named = {"<service>": "coaching", "<number>": "0001_initial", "<test>": "test_app"}

    paths = {re.sub(r"<\w+>", lambda found: named[found[0]], path) for path in listed}

    # A path without an ending may be a module or a package.
    assert paths == {path if path in paths else path.removesuffix(".py") for path in SERVICE}


def test_it_is_guarded_without_an_edit(workspace: Path) -> None:
    report = [*check_imports(workspace).findings, *check_names(workspace).findings]

    assert [line for line in report if "coaching" in line] == []


def test_it_runs_with_all_roles(address: str, environment: dict[str, str]) -> None:
    beside = f"http://127.0.0.1:{environment['MANAGEMENT_PORT']}"
    assert answer(f"{address}/readyz").status_code == 200
    assert answer(f"{address}/tables").json() == ["coaches"]
    assert "npp_http_requests_total" in answer(f"{beside}/metrics").text
    for elsewhere in (f"{address}/metrics", f"{beside}/tables"):
        assert answer(elsewhere).status_code == 404
