"""Whom an xAPI statement is about, and whether it counts."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Catalogue, Programme
from enrolment.domain.statement import (
    About,
    Statement,
    about_account,
    about_mailbox,
    achieved,
    module_of,
)
from npp_contracts.codes import CompletedVia

from .given import edition

CATALOGUE = Catalogue([Programme("npp", editions=[edition()], version=1)])
DAY, TODAY = date(2025, 7, 9), date(2026, 7, 1)
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SAID = Statement(
    uuid4(), About(), COMPLETED, "https://learn.npp.example/modules/asb-1", DAY, True, "", "{}"
)


def test_completed_and_passed_report_a_module() -> None:
    fact = Fact(Kind.MODULE, "asb-1", DAY, via=CompletedVia.XAPI)
    passed = replace(SAID, verb="http://adlnet.gov/expapi/verbs/passed")
    assert achieved(SAID, CATALOGUE, TODAY) == achieved(passed, CATALOGUE, TODAY) == fact


@pytest.mark.parametrize(
    "said",
    [
        replace(SAID, verb="http://adlnet.gov/expapi/verbs/experienced"),
        replace(SAID, claims_completion=False),
        replace(SAID, activity="https://learn.npp.example/modules/time-travel-1"),
        replace(SAID, activity="https://learn.npp.example/quizzes/asb-1"),
        replace(SAID, on=date(2026, 7, 2)),
        replace(SAID, on=date(2025, 5, 31)),
    ],
)
def test_what_is_kept_and_ignored(said: Statement) -> None:
    assert achieved(said, CATALOGUE, TODAY) is None


@pytest.mark.parametrize(
    ("home_page", "name", "about"),
    [
        ("https://derbyshire.police.example", "1234", About("derbyshire", "1234")),
        ("https://devon-and-cornwall.police.example/x", "pc 9", About()),
        ("https://borsetshire.police.example", "1234", About()),
        ("https://[", "1234", About()),
    ],
)
def test_an_account_is_a_force_and_a_collar_number(home_page: str, name: str, about: About) -> None:
    assert about_account(home_page, name) == about


def test_a_mailbox_is_an_address() -> None:
    assert about_mailbox("mailto:Sian@kent.police.example").email == "sian@kent.police.example"


@pytest.mark.parametrize("activity", ["https://[", "urn:x", "https://x/modules/", ""])
def test_an_activity_that_is_no_module(activity: str) -> None:
    assert module_of(activity) is None
