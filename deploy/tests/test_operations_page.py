"""The runbook and the commands: each named is there, and each change is explained."""

import re
from pathlib import Path

import pytest

from chassis.telemetry import CATALOGUE
from npp_ops.home import CHECKOUT
from npp_ops.reference import commands

PAGES = ["operations.md", *sorted(f"adr/{one.name}" for one in (CHECKOUT / "docs/adr").glob("*"))]
GROUPS = (
    *("npp dlq", "npp outbox", "npp consumer", "npp projection", "npp return"),
    *("npp erasure", "npp hold", "npp tenant", "npp bi"),
)
KNOWN = {path.strip("`") for path, _ in commands()}


def read(page: str) -> str:
    return Path(CHECKOUT, "docs", page).read_text()


def named(text: str) -> set[str]:
    """The commands that a page names, without their arguments."""
    spans = re.findall(r"`(npp [^`]*)`", text)
    return {re.match(r"npp(?: [a-z]+(?:-[a-z]+)*)*", span)[0] for span in spans}  # type: ignore[index]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_exists(page: str) -> None:
    assert {one for one in named(read(page)) if one not in KNOWN and one not in GROUPS} == set()


def test_every_command_of_the_operator_is_explained() -> None:
    wanted = {one for one in KNOWN if one.startswith(GROUPS)}
    assert len(wanted) == 34
    assert wanted - named(read("operations.md")) == set()


def test_every_metric_that_is_named_exists() -> None:
    assert set(re.findall(r"`(npp_[a-z_]+)`", read("operations.md"))) - CATALOGUE.keys() == set()


def test_every_command_that_a_metric_advises_exists() -> None:
    advised = {one for metric in CATALOGUE.values() for one in named(metric.act)}
    assert advised - KNOWN == set()
