"""The fold against rows written by hand: what it asks of the read models is what they are for."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from npp_ops.testing import PostgresForTests

from .fold import Fold
from .invariants import Rows
from .ledger import Fact

AT = datetime(2026, 1, 2, tzinfo=UTC)
L, E, P = (UUID(int=n) for n in (1, 2, 3))
PART = {"code": "NPP1", "needs_portfolio": True}
LEARNERS, ENROLMENTS, PORTFOLIOS = (
    "npp.enrolment.learners",
    "npp.enrolment.enrolments",
    "npp.portfolio.portfolios",
)
ROLE = {"worker_type": "pcso", "rank": "none"}


def fact(topic: str, key: object, sequence: int, kind: str, **payload: Any) -> Fact:
    force = payload.pop("force_id", "kent")
    owner, text = topic.split(".")[1], json.dumps(payload)
    name = UUID(int=hash((topic, str(key), sequence)) % 2**64)
    full = f"npp.{owner}.{kind}.v1"
    return Fact(owner, str(name), topic, str(key), full, sequence, force, AT, text)


def learner(sequence: int, kind: str, **payload: Any) -> Fact:
    return fact(LEARNERS, L, sequence, kind, learner_id=str(L), **payload)


def enrolment(sequence: int, kind: str, **payload: Any) -> Fact:
    return fact(ENROLMENTS, E, sequence, kind, learner_id=str(L), part="NPP1", **payload)


def portfolio(sequence: int, kind: str, **payload: Any) -> Fact:
    about = {"learner_id": str(L), "enrolment_id": str(E), "part": "NPP1"}
    return fact(PORTFOLIOS, P, sequence, kind, **about, **payload)


DONE = {"module": "m", "via": "xapi"}
FACTS = [
    fact(
        "npp.enrolment.programmes",
        "npp",
        1,
        "programme-published",
        programme_id="npp",
        programme_version=1,
        parts=[PART],
    ),
    learner(1, "learner-registered", neighbourhood=False, **ROLE),
    learner(3, "learner-transferred", force_id="cumbria"),
    learner(2, "learner-updated", neighbourhood=True, **ROLE),
    enrolment(1, "learner-enrolled", programme_id="npp", programme_version=1),
    enrolment(2, "module-completed", completed_on="2026-01-05", **DONE),
    enrolment(3, "module-completed", completed_on="2026-01-05", **DONE),
    enrolment(4, "enrolment-deferred"),
    enrolment(5, "part-completed", completed_on="2026-01-06"),
    portfolio(1, "portfolio-opened"),
    portfolio(2, "portfolio-submitted", revision=1),
    portfolio(3, "portfolio-assessed", revision=1),
    portfolio(4, "portfolio-quality-assured", revision=1, outcome="overturned"),
]
DUE: dict[str, Rows] = {
    "learners_view": Counter([(L, "cumbria", "pcso", "none", True, 3)]),
    "enrolments_view": Counter([(E, L, "npp", 1, "deferred", 4, None)]),
    "parts_view": Counter([(E, "NPP1", L, date(2026, 1, 6))]),
    "headline_staff_view": Counter([(L, True, 2)]),
    "headline_signatures_view": Counter(),
    "module_completions_view": Counter([("kent", date(2026, 1, 5), "m", "xapi", 2)]),
    "module_months_view": Counter([("kent", date(2026, 1, 1), "m", "xapi", 2)]),
    "portfolios_view": Counter([(P, L, "kent", E, "NPP1", "assessed", 1, AT, None, 3)]),
    "freshness_view": Counter([("reporting.some", ENROLMENTS, 2)]),
    "cells of the figures": Counter(),
    "portfolios opened": Counter([("portfolio", str(E), "NPP1")]),
    "state of learners": Counter([(str(L), 3)]),
    "state of portfolios": Counter([(str(P), 4)]),
    "state of evidence": Counter(),
}


@pytest.fixture(scope="module")
async def expected(postgres: PostgresForTests) -> dict[str, Rows]:
    types = {"reporting.some": ["npp.enrolment.module-completed.v1"]}
    fold = Fold(postgres.database("fold"), types)
    await fold.fill(FACTS)
    return await fold.expected()


@pytest.mark.parametrize("name", DUE)
def test_the_fold_comes_to_what_was_written_by_hand(expected: dict[str, Rows], name: str) -> None:
    assert expected[name] == DUE[name]
