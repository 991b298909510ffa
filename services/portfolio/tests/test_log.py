"""Given a log, when an entry is changed, removed or put in, then the check names its position."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from portfolio.domain.log import GENESIS, LogEntry, append, first_broken
from portfolio.domain.portfolio import Portfolio

from . import given


def kept(entries: int = 4) -> tuple[Portfolio, list[LogEntry]]:
    portfolio = given.draft()
    at = given.AT
    return portfolio, [
        append(portfolio, at, "person-1", "act", {"number": n}) for n in range(entries)
    ]


def test_each_entry_follows_the_one_before() -> None:
    portfolio, entries = kept()
    assert [one.position for one in entries] == [1, 2, 3, 4]
    assert [one.previous_sha256 for one in entries] == [GENESIS, *(e.sha256 for e in entries[:-1])]
    assert (portfolio.log_length, portfolio.log_head) == (4, entries[-1].sha256)
    assert first_broken(portfolio, entries) is None


def changed(entries: list[LogEntry]) -> None:
    entries[1] = replace(entries[1], facts={"number": 9})


def rehashed(entries: list[LogEntry]) -> None:
    changed(entries)
    entries[1].sha256 = entries[1].digest()


def removed(entries: list[LogEntry]) -> None:
    del entries[1]


def shortened(entries: list[LogEntry]) -> None:
    del entries[3]


@pytest.mark.parametrize(
    ("tamper", "position"), [(changed, 2), (rehashed, 3), (removed, 2), (shortened, 4)]
)
def test_tampering_is_found_where_it_happened(
    tamper: Callable[[list[LogEntry]], None], position: int
) -> None:
    portfolio, entries = kept()
    tamper(entries)
    assert first_broken(portfolio, entries) == position


def test_the_hash_does_not_depend_on_how_a_moment_is_written() -> None:
    _, (entry, *_) = kept()
    british = entry.at.astimezone(timezone(timedelta(hours=1)))
    assert replace(entry, at=british).digest() == entry.sha256
