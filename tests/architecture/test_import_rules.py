"""Each import rule fails on a sample that breaks it, in a copy of the real packages."""

from pathlib import Path

import pytest

from npp_ops.checks.imports import check_imports

SAMPLE = "services/sample/src/sample"

BROKEN = {
    "a service imports another": (
        f"{SAMPLE}/store.py",
        "import enrolment",
        "sample is not allowed to import enrolment",
    ),
    "the chassis imports a service": (
        "chassis/src/chassis/clock.py",
        "import enrolment",
        "chassis is not allowed to import enrolment",
    ),
    "contracts import the chassis": (
        "contracts/src/npp_contracts/ids.py",
        "import chassis.errors",
        "npp_contracts is not allowed to import chassis",
    ),
    "the operators' tools import a service": (
        "deploy/src/npp_ops/__init__.py",
        "import reporting",
        "npp_ops is not allowed to import reporting",
    ),
    "a service imports the operators' tools": (
        f"{SAMPLE}/app.py",
        "import npp_ops",
        "sample is not allowed to import npp_ops",
    ),
    "a stray module": (f"{SAMPLE}/extra.py", "", "extra"),
    "a store imports a command": (
        f"{SAMPLE}/store.py",
        "import sample.commands",
        "sample.store is not allowed to import sample.commands",
    ),
    "a projection imports a command": (
        f"{SAMPLE}/projections.py",
        "import sample.commands",
        "sample.projections is not allowed to import sample.commands",
    ),
    "a feed imports a projection": (
        f"{SAMPLE}/feeds.py",
        "import sample.projections",
        "sample.feeds is not allowed to import sample.projections",
    ),
    "a feed imports the api": (
        f"{SAMPLE}/feeds.py",
        "import sample.api",
        "sample.feeds is not allowed to import sample.api",
    ),
    "a feed imports a webhook": (
        f"{SAMPLE}/feeds.py",
        "import sample.webhooks",
        "sample.feeds is not allowed to import sample.webhooks",
    ),
    "a feed imports a file": (
        f"{SAMPLE}/feeds.py",
        "import sample.files",
        "sample.feeds is not allowed to import sample.files",
    ),
    "a webhook imports the api": (
        f"{SAMPLE}/webhooks.py",
        "import sample.api",
        "sample.webhooks is not allowed to import sample.api",
    ),
    "the store imports a feed": (
        f"{SAMPLE}/store.py",
        "import sample.feeds",
        "sample.store is not allowed to import sample.feeds",
    ),
    "a consumer imports the api": (
        f"{SAMPLE}/consumers.py",
        "import sample.api",
        "sample.consumers is not allowed to import sample.api",
    ),
    "the domain imports the store": (
        f"{SAMPLE}/domain.py",
        "import sample.store",
        "sample.domain imports sample.store",
    ),
    "the domain imports its settings": (
        f"{SAMPLE}/domain.py",
        "import sample.settings",
        "sample.domain imports sample.settings",
    ),
    "the domain imports a library": (
        f"{SAMPLE}/domain.py",
        "import sqlalchemy",
        "sample.domain imports sqlalchemy",
    ),
    "the domain imports more of the chassis": (
        f"{SAMPLE}/domain.py",
        "import chassis.clock",
        "sample.domain imports chassis.clock",
    ),
    "contracts import a library": (
        "contracts/src/npp_contracts/ids.py",
        "import httpx",
        "npp_contracts.ids imports httpx",
    ),
    "the chassis imports an event": (
        "chassis/src/chassis/clock.py",
        "import npp_contracts.portfolio",
        "chassis is not allowed to import npp_contracts.portfolio",
    ),
    "the chassis imports an event of a feed": (
        "chassis/src/chassis/clock.py",
        "import npp_contracts.reporting",
        "chassis is not allowed to import npp_contracts.reporting",
    ),
    "a second chassis module imports the Kafka client": (
        "chassis/src/chassis/clock.py",
        "import aiokafka",
        "chassis.clock -> aiokafka",
    ),
    "a service imports the Kafka framework": (
        f"{SAMPLE}/consumers.py",
        "import faststream",
        "sample.consumers -> faststream",
    ),
}


def test_a_service_that_keeps_to_its_layers_is_not_mentioned(copied: Path) -> None:
    assert [line for line in check_imports(copied).findings if "sample" in line] == []


@pytest.mark.parametrize("rule", BROKEN)
def test_breaking_the_rule_is_named(rule: str, copied: Path) -> None:
    where, line, expected = BROKEN[rule]
    path = copied / where
    before = path.read_text() if path.exists() else '"""A sample."""\n'
    path.write_text(f"{before}\n{line}\n")

    assert expected in "\n".join(check_imports(copied).findings)


def test_the_domain_may_import_contracts_and_refusals(copied: Path) -> None:
    path = copied / SAMPLE / "domain.py"
    path.write_text("import npp_contracts.ids\nimport chassis.errors\nimport datetime\n")

    assert [line for line in check_imports(copied).findings if "sample" in line] == []
