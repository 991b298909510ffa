"""Officers go from roster to certified figure through five processes."""

from typing import Any

from npp_ops.stack import Stack, services
from npp_ops.status import services_status
from npp_ops.waiting import finish

from .officer import Officer
from .platform import Person, Platform, eventually

ANALYST = Person("force-analyst")
STEPS = [
    "learner-registered",
    "learner-enrolled",
    "module-completed",
    "module-completed",
    "result-released",
    "result-released",
    "portfolio-opened",
    "portfolio-signed",
    "part-completed",
    "programme-completed",
]


def test_an_officer_goes_from_roster_to_certified_figure(
    platform: Platform, programme: None
) -> None:
    before = signed(platform)
    officer = Officer(platform, "1001")
    go_all_the_way(officer)
    happened = eventually(lambda: types(officer), lambda seen: "programme-completed" in seen)
    assert [step for step in STEPS if step not in happened] == []
    eventually(lambda: signed(platform), lambda now: now == (before[0] + 1, 100))


def test_each_request_twice_counts_once(platform: Platform, programme: None) -> None:
    before = signed(platform)
    officer = Officer(platform, "1002", times=2)
    go_all_the_way(officer)
    happened = eventually(lambda: types(officer), lambda seen: "programme-completed" in seen)
    assert sorted(set(happened)) == sorted(happened_once(happened))
    eventually(lambda: signed(platform), lambda now: now == (before[0] + 1, 100))


def go_all_the_way(officer: Officer) -> None:
    officer.is_on_the_roster()
    officer.completes_the_online_module()
    officer.sits("baseline", right=2)
    officer.attends_the_classroom_day()
    officer.sits("final", right=4)
    officer.has_the_portfolio_signed()


def types(officer: Officer) -> list[str]:
    return [entry["type"].split(".")[2] for entry in officer.timeline()["items"]]


def happened_once(happened: list[str]) -> list[str]:
    """The steps, without the second of those that rightly happen to everybody twice."""
    twice = ("module-completed", "result-released", "attempt-submitted", "attempt-started")
    for step in (*twice, "evidence-recorded"):
        if step in happened:
            happened.remove(step)
    return happened


def signed(platform: Platform) -> tuple[int, int]:
    figure: dict[str, Any] = platform.get(ANALYST, "reporting", "/figures/headline.json")
    row = figure["rows"][0]
    return row["numerator"], row["denominator"]


def test_nothing_is_left_over(stack: Stack, programme: None) -> None:
    def left() -> dict[str, tuple[float | None, ...]]:
        found = finish(services_status(stack, services()))
        return {
            each.name: (each.outbox_depth, each.lag_records, each.dead_letters, each.parked)
            for each in found
        }

    eventually(left, lambda found: set(found.values()) == {(0, 0, 0, 0)})
