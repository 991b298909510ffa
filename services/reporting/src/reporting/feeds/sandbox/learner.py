"""What an invented person does to learn: assessments, places at sessions, a portfolio."""

from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from npp_contracts.assessment import AttemptStarted, AttemptSubmitted, ResultReleased
from npp_contracts.codes import (
    Attendance,
    CancelledBy,
    EvidenceKind,
    Form,
    Occasion,
    Outcome,
    QualityOutcome,
    ReturnReason,
    SessionCancellation,
    SessionKind,
)
from npp_contracts.day import day_of
from npp_contracts.events import (
    AttendanceRecorded,
    PlaceBooked,
    PlaceCancelled,
    PlaceWaitlisted,
    SessionCancelled,
    SessionScheduled,
)
from npp_contracts.ids import SANDBOX
from npp_contracts.portfolio import (
    EvidenceRecorded,
    PortfolioAssessed,
    PortfolioOpened,
    PortfolioQualityAssured,
    PortfolioReturned,
    PortfolioSigned,
    PortfolioSubmitted,
)
from reporting.feeds.sandbox.person import (
    CLASS,
    CLASSROOM,
    Line,
    Moment,
    Person,
    Said,
    line,
    named,
    today,
)

HELD: Final = "held"
CALLED_OFF: Final = "called off"
_CRITERIA: Final = ("a-1", "a-2", "b-1")
_ITEMS: Final = 30
_UNTIL_IT_BEGINS: Final = timedelta(minutes=10)


def _starts(moment: Moment) -> Said:
    starts = moment.began.replace(second=0, microsecond=0) + _UNTIL_IT_BEGINS
    return {"starts_at": starts, "ends_at": starts + timedelta(minutes=30)}


def session_of(cohort: str, name: str) -> UUID:
    return named(cohort, "session", name)


def scheduled(cohort: str, name: str, programme_id: str) -> Line:
    """A classroom day of a cohort, told as if it took half an hour."""
    said = {
        "force_id": SANDBOX,
        "session_id": session_of(cohort, name),
        "kind": SessionKind.CLASSROOM,
        "title": f"Classroom day (invented, {name})",
        "programme_id": programme_id,
        "module": CLASS,
        "capacity": 6,
        "duty_minutes": 30,
    }
    return line(SessionScheduled, said, _starts)


class Learner(Person):
    """Somebody, with all that they can do."""

    def sat(self, occasion: Occasion, outcome: Outcome, *, again: bool = False) -> Self:
        """An assessment from opening to result; of who was absent there is the result alone."""
        attempt = self.id(f"{occasion} {'again' if again else 'first'}")
        sitting = {**self.who, "attempt_id": attempt, "blueprint": "invented", "occasion": occasion}
        swapped = self.pick((False, True), "form") is (occasion is Occasion.BASELINE)
        form = Form.B if swapped else Form.A
        paper = {**sitting, **self.programme, "part": CLASSROOM, "form": form}
        if outcome is Outcome.ABSENT:
            missing = {"score_percent": None, "valid": False, "first_valid": False}
            return self.then(ResultReleased, {**paper, "outcome": outcome, **missing})
        right = self.pick(range(20, 30) if outcome is Outcome.PASSED else range(8, 18), occasion)
        self.then(AttemptStarted, paper, lambda moment: {"started_at": moment.now})
        handed_in = {**sitting, "answered": _ITEMS, "items": _ITEMS}
        self.then(AttemptSubmitted, handed_in, lambda moment: {"submitted_at": moment.now})
        result = {"score_percent": round(100 * right / _ITEMS, 2), "valid": True}
        said = {**paper, "outcome": outcome, **result, "first_valid": not again}
        return self.then(ResultReleased, said)

    def booked(self, session: str) -> Self:
        return self.then(PlaceBooked, self._place(session))

    def waited(self, session: str) -> Self:
        return self.then(
            PlaceWaitlisted, self._place(session), lambda moment: {"joined_at": moment.now}
        )

    def gave_up(self, session: str, by: CancelledBy, *, late: bool) -> Self:
        return self.then(PlaceCancelled, {**self._place(session), "by": by, "late": late})

    def heard_it_is_off(self, session: str) -> Self:
        """The session does not take place, and so neither does their place at it."""
        reason = self.pick(tuple(SessionCancellation), "off")
        about = {"force_id": SANDBOX, "session_id": session_of(self.cohort, session)}
        self.then(SessionCancelled, {**about, "reason": reason})
        return self.gave_up(session, CancelledBy.ORGANISER, late=False)

    def attended(self, session: str, attendance: Attendance) -> Self:
        minutes = {Attendance.FULL: 30, Attendance.PART: 12, Attendance.NO_SHOW: 0}[attendance]
        about = {"kind": SessionKind.CLASSROOM, "module": CLASS, "minutes": minutes}
        programme = {"programme_id": self.programme["programme_id"], "attendance": attendance}

        def day(moment: Moment) -> Said:
            return {"held_on": day_of(_starts(moment)["starts_at"])}

        return self.then(AttendanceRecorded, {**self._place(session), **about, **programme}, day)

    def opened_portfolio(self) -> Self:
        about = {"part": CLASSROOM, "framework": "invented", "framework_version": 1}
        said = {**self.enrolment, **self._portfolio, **self.programme, **about}
        return self.then(PortfolioOpened, said)

    def recorded_evidence(self) -> Self:
        for criterion in _CRITERIA:
            kind = self.pick(tuple(EvidenceKind), criterion)
            about = {"evidence_id": self.id(f"evidence {criterion}"), "criteria": [criterion]}
            said = {**self._portfolio, **about, "kind": kind}
            self.then(EvidenceRecorded, said, today("event_date", "entry_date"))
        return self

    def submitted(self, revision: int = 1) -> Self:
        return self.then(PortfolioSubmitted, {**self._portfolio, "revision": revision})

    def returned(self, revision: int = 1) -> Self:
        reason = self.pick(tuple(ReturnReason), f"return {revision}")
        said = {**self._portfolio, "revision": revision, "reason": reason}
        return self.then(PortfolioReturned, said)

    def assessed(self, revision: int = 1, *, sampled: bool = False) -> Self:
        count = len(_CRITERIA)
        found = {"met": count, "criteria": count, "sampled": sampled, "revision": revision}
        return self.then(PortfolioAssessed, {**self._portfolio, **found, "assessor_id": "assessor"})

    def quality_assured(self, outcome: QualityOutcome, revision: int = 1) -> Self:
        found = {"verifier_id": "verifier", "outcome": outcome, "revision": revision}
        return self.then(PortfolioQualityAssured, {**self._portfolio, **found})

    def signed(self, revision: int = 1) -> Self:
        found = {"signer_id": "signer", "revision": revision, "part": CLASSROOM}
        said = {**self._portfolio, **found, "content_sha256": self.id("snapshot").hex * 2}
        return self.then(PortfolioSigned, said, lambda moment: {"signed_at": moment.now})

    @property
    def _portfolio(self) -> Said:
        return {**self.who, "portfolio_id": self.id("portfolio")}

    def _place(self, session: str) -> Said:
        place = {"place_id": self.id(f"place {session}")}
        return {**self.who, **place, "session_id": session_of(self.cohort, session)}
