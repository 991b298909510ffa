"""What may be done to a return, and what follows: decisions alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import Refusal
from npp_contracts.catalogue import EVENTS
from reporting.api.figures import FIGURES
from reporting.domain.cuts import HAPPENED, Cut
from reporting.domain.differences import Difference, differences
from reporting.domain.errors import (
    AlreadyConfirmed,
    AlreadyPublished,
    DayToCome,
    DenominatorMissing,
    ReadingFailed,
    SetUnknown,
    StillReading,
    VersionSuperseded,
)
from reporting.domain.returns import (
    SETS,
    Confirmation,
    Part,
    State,
    Version,
    confirmed,
    corrected,
    opened,
    published,
    standing,
)
from reporting.projections import PROJECTIONS

TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PART = Part("kent", "a", 50)
# Days that tell of something else than when what the event says happened.
OTHERWISE = {
    "LearnerRegistered.joined_on",
    "EnrolmentDeferred.until",
    "EvidenceRecorded.event_date",
    "EvidenceRecorded.entry_date",
    "SessionScheduled.starts_at",
    "SessionScheduled.ends_at",
    "PlaceWaitlisted.joined_at",
    "PlaceOffered.expires_at",
}


def version(state: State = State.FROZEN, number: int = 2) -> Version:
    return Version(number, UUID(int=number), state, "a reason")


def said(sha256: str = "a", since: int = 1, force_id: str = "kent") -> Confirmation:
    return Confirmation(force_id, sha256, since, "somebody", NOON)


def test_a_return_has_every_figure_but_the_platforms_own() -> None:
    assert set(SETS["national"].figures) == set(FIGURES) - {"freshness"}


@pytest.mark.parametrize(
    ("name", "as_of", "refusal"),
    [
        ("national", TODAY, None),
        ("national", TODAY + timedelta(days=1), DayToCome),
        ("of-nobody", TODAY, SetUnknown),
    ],
)
def test_a_return_is_of_a_known_set_and_of_a_day_that_has_come(
    name: str, as_of: date, refusal: type[Refusal] | None
) -> None:
    if refusal is None:
        assert opened(name, as_of, TODAY).name == name
        return
    with pytest.raises(refusal) as refused:
        opened(name, as_of, TODAY)
    assert refused.value.field in ("as_of", "set")


def test_a_confirmation_counts_from_the_version_that_it_is_of() -> None:
    assert confirmed(version(), 2, PART, []) == 2


def test_a_late_confirmation_makes_another_version() -> None:
    assert confirmed(version(State.PUBLISHED), 2, PART, []) == 3


@pytest.mark.parametrize(
    ("latest", "seen", "part", "earlier", "refusal"),
    [
        (version(), 2, PART, [said()], AlreadyConfirmed),
        (version(), 2, PART, [said("b"), said()], AlreadyConfirmed),
        (version(), 1, PART, [], VersionSuperseded),
        (version(), 3, PART, [], VersionSuperseded),
        (version(State.READING), 2, PART, [], StillReading),
        (version(State.FAILED), 2, PART, [], ReadingFailed),
        (version(), 2, Part("kent", "a", 0), [], DenominatorMissing),
        (version(), 2, Part("kent", "a", None), [], DenominatorMissing),
        (version(), 2, None, [], DenominatorMissing),
    ],
)
def test_what_cannot_be_confirmed(
    latest: Version,
    seen: int,
    part: Part | None,
    earlier: list[Confirmation],
    refusal: type[Refusal],
) -> None:
    with pytest.raises(refusal):
        confirmed(latest, seen, part, earlier)


def test_figures_that_have_changed_are_confirmed_again() -> None:
    assert confirmed(version(), 2, PART, [said("b")]) == 2
    parts = {"kent": "a", "essex": "c"}
    before = [said("b"), said("c", force_id="essex")]
    assert set(standing(2, parts, before)) == {"essex"}
    assert set(standing(2, parts, [*before, said("a", 2)])) == {"essex", "kent"}
    # Nor was it confirmed in the version before that.
    assert set(standing(1, parts, [*before, said("a", 2)])) == {"essex"}


def test_a_correction_waits_for_nothing_but_the_reading() -> None:
    assert [corrected(version(each)) for each in State if each is not State.READING] == [3] * 3
    with pytest.raises(StillReading):
        corrected(version(State.READING))
    # Of a form that says which version it is about, the second does nothing.
    assert corrected(version(number=2), 2) == 3
    with pytest.raises(VersionSuperseded):
        corrected(version(number=3), 2)


@pytest.mark.parametrize(
    ("latest", "seen", "refusal"),
    [
        (version(), 1, VersionSuperseded),
        (version(State.READING), 2, StillReading),
        (version(State.FAILED), 2, ReadingFailed),
        (version(State.PUBLISHED), 2, AlreadyPublished),
    ],
)
def test_what_cannot_be_published(latest: Version, seen: int, refusal: type[Refusal]) -> None:
    published(version(), 2)
    with pytest.raises(refusal):
        published(latest, seen)


def test_a_cut_is_of_what_was_recorded_and_of_what_had_happened() -> None:
    hour = timedelta(hours=1)
    assert Cut(NOON).has(NOON, date(2999, 1, 1))
    assert not Cut(NOON).has(NOON + hour, TODAY)
    about = Cut(NOON, TODAY - timedelta(days=1))
    assert about.has(NOON, TODAY - timedelta(days=1))
    assert not about.has(NOON, TODAY)
    assert (Cut(NOON).at, Cut(NOON, TODAY).at) == (NOON, NOON)
    assert about.at.isoformat() == "2026-06-30T23:59:59.999999+00:00"


def test_every_day_in_an_event_is_judged() -> None:
    counted = {name for each in PROJECTIONS for name in each.types}
    found = {
        f"{kind.__name__}.{name}"
        for kind in (EVENTS[name] for name in counted)
        for name, field in kind.model_fields.items()
        if _is_of_time(field.annotation)
    }
    judged = {f"{kind.__name__}.{name}" for kind, name in HAPPENED.items()}
    assert judged <= found
    assert found - judged <= OTHERWISE


def _is_of_time(hint: Any) -> bool:
    return "date" in repr(hint).lower()  # date, datetime, AwareDatetime, or one of them or none


def test_a_difference_says_figure_row_and_both_values() -> None:
    old: dict[str, Any] = {
        "as_of": 1,
        "n": 7,
        "rows": [{"force_id": "kent", "denominator": 100, "suppressed": ["n"]}],
        "denominator": {"missing": ["essex", "surrey"]},
    }
    new: dict[str, Any] = {
        "as_of": 2,
        "n": 7,
        "rows": [{"force_id": "essex", "denominator": 5}, {"force_id": "kent", "denominator": 90}],
        "denominator": {"missing": ["surrey"]},
    }
    assert list(differences("headline", old, old)) == []
    assert list(differences("headline", old, new)) == [
        Difference("headline", "rows[kent].denominator", 100, 90),
        Difference("headline", "denominator.missing[essex]", "essex", None),
        Difference("headline", "rows[essex].force_id", None, "essex"),
        Difference("headline", "rows[essex].denominator", None, 5),
    ]
