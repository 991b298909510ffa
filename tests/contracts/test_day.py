"""A day is one of Europe/London, whatever the season."""

from datetime import UTC, date, datetime

import pytest

from npp_contracts.day import day_of


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_a_moment_is_of_the_day_that_it_is_in_england_and_wales(
    moment: datetime, day: date
) -> None:
    assert day_of(moment) == day
