"""Publishing versions and reporting headcounts."""

from datetime import date
from typing import Any

import pytest

from chassis.errors import Refusal
from enrolment.api.bodies import ProgrammeBody
from enrolment.domain.errors import (
    CodeRepeated,
    PartNeedsNothing,
    ProgrammeVersionExists,
    ProgrammeVersionGap,
    WorkforceInFuture,
)
from enrolment.domain.programme import Edition, Programme, publish
from enrolment.domain.workforce import Headcount, Workforce, report

from .given import NPP, part

TODAY = date(2026, 7, 1)
SAID = Headcount(date(2026, 3, 31), 283, "annual-return")


def draft(**changed: Any) -> Edition:
    return ProgrammeBody.model_validate(NPP | changed).edition()


def published() -> Programme:
    programme = Programme("npp")
    event = publish(programme, draft())
    assert event is not None
    programme.apply(event)
    programme.version = 1
    programme.with_rules(draft().rules)
    return programme


def test_a_version_is_published_with_its_parts_and_without_its_rules() -> None:
    event = publish(Programme("npp"), draft())
    assert event is not None
    assert (event.force_id, event.programme_version) == ("national", 1)
    assert [each.code for each in event.parts] == ["NPP1", "NPP2", "NPP4"]
    assert "rules" not in event.model_dump()


def test_the_same_version_again_is_nothing_new() -> None:
    assert publish(published(), draft()) is None


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"title": "Another"}, ProgrammeVersionExists),
        ({"version": 3}, ProgrammeVersionGap),
        ({"version": 2, "parts": [part("NPP1", "a"), part("NPP1", "b")]}, CodeRepeated),
        ({"version": 2, "parts": [part("NPP1", "a"), part("NPP2", "a")]}, CodeRepeated),
        ({"version": 2, "parts": [part("NPP1")]}, PartNeedsNothing),
    ],
)
def test_what_is_refused(changed: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        publish(published(), draft(**changed))


def test_a_headcount_is_reported_once_and_revised_by_the_same_day() -> None:
    workforce = Workforce("derbyshire")
    first = report(workforce, SAID, TODAY)
    assert first is not None
    workforce.apply(first)
    assert report(workforce, SAID, TODAY) is None
    revised = report(workforce, Headcount(SAID.as_of, 280, "revision"), TODAY)
    assert revised is not None
    workforce.apply(revised)
    assert [each.headcount for each in workforce.reports.values()] == [280]


def test_a_headcount_of_tomorrow_is_refused() -> None:
    with pytest.raises(WorkforceInFuture):
        report(Workforce("derbyshire"), Headcount(date(2026, 7, 2), 1, "forecast"), TODAY)
