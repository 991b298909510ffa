"""A simulated nation's plan as the events that the services make of it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import EnrolledBy, Form, Outcome, QualityOutcome, ReturnReason
from npp_contracts.day import day_of
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    LearnerEnrolled,
    LearnerRegistered,
    LearnerTransferred,
    ModuleCompleted,
    PartCompleted,
    ProgrammeCompleted,
)
from npp_contracts.event import Event
from npp_contracts.events import (
    AttendanceRecorded,
    PlaceBooked,
    PlaceWaitlisted,
    SessionCancelled,
    SessionScheduled,
)
from npp_contracts.portfolio import (
    EvidenceRecorded,
    PortfolioAssessed,
    PortfolioOpened,
    PortfolioQualityAssured,
    PortfolioReturned,
    PortfolioSigned,
    PortfolioSubmitted,
)
from npp_ops.simulate.ledger.ending import Done, Ending
from npp_ops.simulate.ledger.figures import minutes
from npp_ops.simulate.plan.classes import Class
from npp_ops.simulate.plan.folders import Folder, Step
from npp_ops.simulate.plan.programme import ITEMS, PASS_PERCENT
from npp_ops.simulate.plan.sittings import Sitting
from npp_ops.simulate.sent.statements import waiting_for_ever

from .given import PROGRAMME, SIGNED_AT, file_taken, still_waiting

Facts: TypeAlias = dict[str, Any]

_SPACE = UUID(int=5)


def _id(kind: str, name: object) -> Any:
    return uuid5(_SPACE, f"{kind} {name}")


def events_of(ending: Ending) -> Iterator[Event]:
    """In an order in which they could have happened; transfers after all but what follows them."""
    plan = ending.plan
    late = {each.person for each in plan.moves.transfers if each.module}
    for person in plan.people:
        yield from _begin(ending, person.at)
    for done in ending.completions:
        if not (done.person in late and done.force_id != ending.first_force(done.person)):
            yield _completed(done)
    for sitting in plan.sittings:
        yield from _results(ending, sitting)
    for session in plan.classes:
        yield from _session(ending, session)
    yield from (_step(ending, folder, step) for folder in plan.folders for step in folder.steps)
    yield from _finished(ending)
    yield from _moves(ending)
    yield from _files(ending)


def _files(ending: Ending) -> Iterator[Event]:
    for file in ending.files:
        for of, share in file.shares.items():
            kind = "roster" if file.kind == "rosters" else "completions"
            accepted = share.rows - share.refused
            yield file_taken(of, accepted, share.refused, share.unmatched, kind)
    for of, number in waiting_for_ever(ending.plan).items():
        yield still_waiting(of, number)


def _finished(ending: Ending) -> Iterator[Event]:
    for at, parts in ending.parts.items():
        about = _of(ending, at) | {"completed_on": ending.plan.day}
        for part in (part for part, complete in parts.items() if complete):
            yield PartCompleted(**about, part=part)
        if all(parts.values()):
            yield ProgrammeCompleted(**about, **PROGRAMME)


def _of(ending: Ending, at: int) -> Facts:
    who = {"force_id": ending.first_force(at), "learner_id": _id("learner", at)}
    return {**who, "enrolment_id": _id("enrolment", at)}


def _begin(ending: Ending, at: int) -> Iterator[Event]:
    person, about = ending.plan.people[at], _of(ending, at)
    role: Facts = {"worker_type": person.worker_type, "rank": person.rank, "neighbourhood": True}
    yield LearnerRegistered(**about, **role, joined_on=person.joined_on)
    for part in ending.parts[at]:
        yield LearnerEnrolled(**about, **PROGRAMME, part=part, how=EnrolledBy.RULE)
    framework: Facts = {"framework": "practice", "framework_version": 1, "part": "NPP2"}
    yield PortfolioOpened(**about, **PROGRAMME, **framework, portfolio_id=_id("portfolio", at))


def _completed(done: Done) -> Event:
    return ModuleCompleted(
        force_id=done.force_id,
        learner_id=_id("learner", done.person),
        enrolment_id=_id("enrolment", done.person),
        **PROGRAMME,
        part="NPP1",
        module=done.module,
        completed_on=done.on,
        via=done.via,
    )


def _results(ending: Ending, sitting: Sitting) -> Iterator[Event]:
    outcomes = [
        (Outcome.PASSED if 100 * right >= PASS_PERCENT * ITEMS else Outcome.FAILED, right)
        for right in sitting.right
    ]
    for nth, (outcome, right) in enumerate(outcomes):
        void = sitting.void and nth == 0
        yield ResultReleased(
            **_of(ending, sitting.person),
            **PROGRAMME,
            attempt_id=_id(f"attempt {nth} {sitting.occasion}", sitting.person),
            blueprint="knowledge",
            part="NPP2",
            occasion=sitting.occasion,
            form=Form.A,
            score_percent=None if void else Decimal(100 * right) / ITEMS,
            outcome=Outcome.VOID if void else outcome,
            valid=not void,
            first_valid=nth == int(sitting.void),
        )


def _session(ending: Ending, session: Class) -> Iterator[Event]:
    about: Facts = {"session_id": _id("session", session.name)}
    kind: Facts = {"kind": session.kind, "programme_id": "npp", "module": session.module}
    yield SessionScheduled(
        **about,
        **kind,
        force_id=session.force_id,
        title=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        capacity=session.capacity,
        duty_minutes=session.duty_minutes,
    )
    if session.cancelled:
        yield SessionCancelled(**about, force_id=session.force_id, reason=session.cancelled)
    places = {at: {**_of(ending, at), **about} for at in session.asking}
    for at, place in places.items():
        place["place_id"] = _id(f"place {session.name}", at)
    seats = ending.seats[session.name]
    yield from (PlaceWaitlisted(**places[at], joined_at=SIGNED_AT) for at in seats.queued)
    yield from (PlaceBooked(**places[at]) for at in seats.seated)
    for mark in session.register:
        yield AttendanceRecorded(
            **places[mark.person],
            **kind,
            attendance=mark.attendance,
            minutes=minutes(session, mark),
            held_on=day_of(session.starts_at),
        )


def _step(ending: Ending, folder: Folder, step: Step) -> Event:
    about = {**_of(ending, folder.person), "portfolio_id": _id("portfolio", folder.person)}
    about["revision"] = 1
    match step.does:
        case "evidence":
            days: Facts = {"event_date": ending.plan.day, "entry_date": ending.plan.day}
            evidence: Facts = {
                "evidence_id": _id("evidence", step),
                "kind": step.word,
                "criteria": [],
            }
            return EvidenceRecorded(**about, **evidence, **days)
        case "submit":
            return PortfolioSubmitted(**about)
        case "return":
            return PortfolioReturned(**about, reason=ReturnReason(step.word))
        case "assess":
            assessor: Facts = {"assessor_id": "a-1", "met": 1, "criteria": 1}
            return PortfolioAssessed(**about, **assessor, sampled=True)
        case "quality-assure" if step.word == "upheld":
            return PortfolioQualityAssured(
                **about, verifier_id="v-1", outcome=QualityOutcome.UPHELD
            )
        case "quality-assure":  # after which the portfolio goes back
            return PortfolioReturned(**about, reason=ReturnReason.CRITERIA_NOT_MET)
        case _:
            signature: Facts = {"signer_id": "s-1", "content_sha256": "0" * 64}
            return PortfolioSigned(**about, **signature, part="NPP2", signed_at=SIGNED_AT)


def _moves(ending: Ending) -> Iterator[Event]:
    moves = ending.plan.moves
    for put_off in moves.deferrals:
        about = _of(ending, put_off.person)
        yield EnrolmentDeferred(**about, reason=put_off.reason, until=put_off.until)
        if put_off.resumed:
            yield EnrolmentResumed(**about)
    for gone in moves.withdrawals:
        yield EnrolmentWithdrawn(**_of(ending, gone.person), reason=gone.reason)
    for move in moves.transfers:
        about = _of(ending, move.person) | {"force_id": move.to_force_id}
        left: Facts = {"from_force_id": ending.first_force(move.person), "effective_on": move.on}
        yield LearnerTransferred(**about, **left)
    for done in ending.completions:
        if done.force_id != ending.first_force(done.person):
            yield _completed(done)
