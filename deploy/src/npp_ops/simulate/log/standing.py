"""How everything stands after the events that count: the facts that figures are counted from."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from chassis.kafka import Place
from npp_ops.simulate.log.facts import (
    Done,
    Enrolment,
    File,
    Learner,
    Portfolio,
    Report,
    Seat,
    Session,
)
from npp_ops.simulate.log.told import Told

_LAST: Final = time(23, 59, 59, 999999)
_TRAINING: Final = {
    "enrolment-deferred": "deferred",
    "enrolment-resumed": "active",
    "enrolment-withdrawn": "withdrawn",
}
_STATES: Final = {
    "portfolio-opened": "draft",
    "portfolio-submitted": "submitted",
    "portfolio-returned": "returned",
    "portfolio-assessed": "assessed",
    "portfolio-quality-assured": "quality_assured",
    "portfolio-signed": "signed",
}
_PROGRESS: Final = (
    "evidence-recorded",
    "portfolio-submitted",
    "portfolio-assessed",
    "portfolio-signed",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Which events count, and up to when ages do. ends: none from that offset on.

    about: the last day of which anything counts.
    """

    at: datetime
    about: date | None = None
    ends: Mapping[Place, int] | None = None

    def has(self, event: Told) -> bool:
        there = self.ends is None or event.offset < self.ends.get(event.place, 0)
        told = self.about is None or event.happened <= self.about
        return there and told and event.at <= self.at

    @property
    def until(self) -> datetime:
        if self.about is None:
            return self.at
        return min(self.at, datetime.combine(self.about, _LAST, UTC))


@dataclass(slots=True)
class Standing:
    """Everything by its id; results and the reasons of each by the attempt, the last word alone."""

    moment: Moment
    learners: dict[str, Learner] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    results: dict[str, Told] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    completions: list[Done] = field(default_factory=list)
    reports: dict[str, list[Report]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, list[File]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[str, int] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def today(self) -> date:
        return self.moment.until.date()

    def take(self, event: Told) -> None:
        self.kinds[event.kind] += 1
        if event.kind.startswith("learner-") and event.kind != "learner-enrolled":
            self._learner(event)
        elif event.kind in _STATES or event.kind == "evidence-recorded":
            self._portfolio(event)
        elif event.kind.startswith(("session-", "place-", "attendance-")):
            self._session(event)
        elif event.kind == "result-released":
            self.results[event.key] = event
        elif event.kind == "workforce-reported":
            self.reports[event.key].append(Report(_day(event.said.as_of), event.said.headcount))
        elif event.kind == "file-taken":
            self._file(event)
        elif event.kind == "statements-waiting":
            self.waiting[event.key] = event.said.waiting
        elif event.said.enrolment_id is not None:
            self._enrolment(event)

    def _file(self, event: Told) -> None:
        said = event.said
        told = said.kind == "roster" and said.accepted > 0
        self.files[event.key].append(File(event.at, told, said.refused, said.unmatched))

    def _learner(self, event: Told) -> None:
        if event.kind == "learner-erased":
            return
        found = self.learners.setdefault(event.key, Learner(event.force_id))
        found.force_id = event.force_id
        if event.kind != "learner-transferred":
            found.worker_type = event.said.worker_type
            found.neighbourhood = event.said.neighbourhood
        if event.kind == "learner-registered" and found.registered_on is None:
            found.registered_on = event.on

    def _enrolment(self, event: Told) -> None:
        said = event.said
        found = self.enrolments.setdefault(event.key, Enrolment(said.learner_id or ""))
        match event.kind:
            case "learner-enrolled":
                found.enrolled_on = min(found.enrolled_on or event.on, event.on)
                found.opened = event.sequence
                found.parts.setdefault(said.part or "", None)
            case "part-completed":
                found.parts[said.part or ""] = said.completed_on
            case "programme-completed":
                found.completed, found.completed_on = event.sequence, said.completed_on
                on = _day(said.completed_on)
                found.certified_on = min(found.certified_on or on, on)
            case "module-completed":
                on = _day(said.completed_on)
                found.modules.append(on)
                who = said.learner_id or ""
                self.completions.append(
                    Done(event.force_id, who, said.module or "", on, said.via or "")
                )
            case kind if kind in _TRAINING:
                found.training = _TRAINING[kind]

    def _portfolio(self, event: Told) -> None:
        who = event.said.learner_id or ""
        found = self.portfolios.setdefault(
            event.key, Portfolio(who, event.force_id, "draft", event.on)
        )
        if event.kind in _PROGRESS:
            found.moved_on = event.on
        if event.kind == "evidence-recorded":
            return
        found.days.setdefault(event.kind, event.on)
        # Whatever else quality assurance finds, it stays assessed until somebody returns it.
        if event.kind == "portfolio-quality-assured" and event.said.outcome != "upheld":
            return
        found.state, found.since, found.force_id = _STATES[event.kind], event.on, event.force_id
        if event.kind == "portfolio-signed" and found.signed_by is None:
            found.signed_by = event.force_id

    def _session(self, event: Told) -> None:
        said = event.said
        if event.kind == "session-scheduled" and said.ends_at is not None:
            self.sessions[event.key] = Session(
                event.force_id, said.kind or "", said.capacity, said.ends_at
            )
        elif event.kind == "session-cancelled":
            if event.key in self.sessions:
                self.sessions[event.key].state = "cancelled"
        else:
            seat = self.seats.setdefault(
                event.key, Seat(said.session_id or "", said.learner_id or "", event.force_id)
            )
            seat.force_id = event.force_id
            if event.kind == "attendance-recorded":
                seat.register = said
            else:
                seat.state = event.kind.removeprefix("place-")


def standing(log: Iterable[Told], moment: Moment) -> Standing:
    """As of a moment."""
    found = Standing(moment)
    for event in log:
        if moment.has(event):
            found.take(event)
    return found


def _day(found: date | None) -> date:
    if found is None:
        raise ValueError("an event that must say a day says none")
    return found
