"""The story that the sandbox's feed tells: cohort after cohort, each of the same cast."""

# The event at a position follows from the position: nothing else has to be remembered to go on.

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from npp_contracts.codes import (
    Attendance,
    CancelledBy,
    Delivery,
    FileKind,
    Occasion,
    Outcome,
    QualityOutcome,
)
from npp_contracts.enrolment import (
    FileTaken,
    ProgrammePublished,
    StatementsWaiting,
    WorkforceReported,
)
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.ids import SANDBOX
from reporting.feeds.sandbox.learner import CALLED_OFF, HELD, Learner, scheduled
from reporting.feeds.sandbox.person import (
    CLASS,
    CLASSROOM,
    ELSEWHERE,
    MODULES,
    ONLINE,
    Line,
    Moment,
    Said,
    chosen,
    line,
    named,
    today,
)

EDITION: Final = 2
"""To be raised with any change of the cast: else people told of already would begin again."""

_BOTH: Final = (ONLINE, CLASSROOM)
_PROGRAMME: Final = "sandbox-programme"
# What a version number holds.
_VERSIONS: Final = 32_767


def _certified(somebody: Learner) -> None:
    somebody.registered().enrolled(*_BOTH).opened_portfolio()
    somebody.sat(Occasion.BASELINE, Outcome.FAILED).completed(*MODULES).completed_part(ONLINE)
    somebody.booked(HELD).attended(HELD, Attendance.FULL).completed(CLASS).recorded_evidence()
    somebody.submitted().assessed().signed().sat(Occasion.FINAL, Outcome.PASSED)
    somebody.completed_part(CLASSROOM).completed_all()


def _came_back(somebody: Learner) -> None:
    somebody.registered().enrolled(*_BOTH).opened_portfolio().completed(MODULES[0]).deferred()
    somebody.resumed().completed(*MODULES[1:]).completed_part(ONLINE).recorded_evidence()
    somebody.submitted().returned().submitted(2).assessed(2, sampled=True)
    somebody.quality_assured(QualityOutcome.ACTION_REQUIRED, 2).returned(2).submitted(3)
    somebody.assessed(3, sampled=True).quality_assured(QualityOutcome.UPHELD, 3).signed(3)


def _tried_twice(somebody: Learner) -> None:
    somebody.registered().enrolled(*_BOTH).sat(Occasion.BASELINE, Outcome.ABSENT)
    somebody.waited(HELD).booked(HELD).attended(HELD, Attendance.PART)
    somebody.sat(Occasion.FINAL, Outcome.FAILED)
    somebody.sat(Occasion.FINAL, Outcome.PASSED, again=True)


def _was_disappointed(somebody: Learner) -> None:
    somebody.registered().enrolled(*_BOTH).booked(CALLED_OFF).heard_it_is_off(CALLED_OFF)
    somebody.booked(HELD).attended(HELD, Attendance.NO_SHOW)


def _gave_up(somebody: Learner) -> None:
    somebody.registered().enrolled(ONLINE).booked(HELD)
    somebody.gave_up(HELD, CancelledBy.PERSON, late=True).left_the_neighbourhood().withdrawn()


def _left(somebody: Learner) -> None:
    somebody.registered().enrolled(*_BOTH).opened_portfolio().completed(*MODULES[:2])
    somebody.moved(SANDBOX, ELSEWHERE)


def _joined(somebody: Learner) -> None:
    somebody.moved(ELSEWHERE, SANDBOX).enrolled(ONLINE).completed(*MODULES).completed_part(ONLINE)


def _was_erased(somebody: Learner) -> None:
    somebody.registered().enrolled(ONLINE).completed(MODULES[0]).withdrawn().erased()


_CAST: Final[Sequence[Callable[[Learner], None]]] = (
    _certified,
    _came_back,
    _left,
    _certified,
    _tried_twice,
    _joined,
    _was_disappointed,
    _certified,
    _gave_up,
    _was_erased,
)


def told(position: int, now: datetime, began: datetime) -> tuple[Envelope, Event]:
    """What stands there; began: when the first event of its cohort was told."""
    cohort, index = divmod(position - 1, LENGTH)
    event = _cohort(cohort)[index](Moment(now, began))
    # What a feed needs of an envelope; no record of the platform may be like it.
    event_id = named("event", position)
    return Envelope.of(event, id=event_id, time=now, sequence=1, correlationid=SANDBOX), event


def begins(position: int) -> int:
    """Where the cohort of a position begins."""
    return position - (position - 1) % LENGTH


@lru_cache(maxsize=2)
def _cohort(number: int) -> Sequence[Line]:
    cohort = f"edition {EDITION}, cohort {number}"
    programme: Said = {"programme_id": _PROGRAMME, "programme_version": number % _VERSIONS + 1}
    placed = []
    for place, story in enumerate(_CAST):
        somebody = Learner(cohort, f"person {place}", programme)
        story(somebody)
        lines = somebody.lines
        # They begin one after the other and take half of the time each; nobody waits for nobody.
        for step, one in enumerate(lines):
            sooner = chosen(range(1_000), cohort, place, step) / 1_000
            placed.append((place / len(_CAST) + (step + sooner) / len(lines), one))
    placed.sort(key=lambda each: each[0])
    return (*_opening(cohort, programme), *(one for _, one in placed))


def _opening(cohort: str, programme: Said) -> Sequence[Line]:
    """What all of a cohort rest on."""
    modules = [{"code": each, "title": each, "delivery": Delivery.ONLINE} for each in MODULES]
    classroom = [{"code": CLASS, "title": CLASS, "delivery": Delivery.CLASSROOM}]
    needs = {"needs_portfolio": True, "needs_final": True}
    parts = [
        {"code": ONLINE, "title": "Online (invented)", "modules": modules}
        | dict.fromkeys(needs, False),
        {"code": CLASSROOM, "title": "Classroom (invented)", "modules": classroom, **needs},
    ]
    about = {"force_id": SANDBOX, "title": "A programme that does not exist", "parts": parts}
    staff = {
        "force_id": SANDBOX,
        "headcount": chosen(range(150, 250), cohort),
        "source": "invented",
    }
    roster = {
        "force_id": SANDBOX,
        "kind": FileKind.ROSTER,
        "upload_id": named(cohort, "roster"),
        "accepted": len(_CAST),
        "refused": 1,
        "unmatched": 0,
    }
    return (
        line(ProgrammePublished, {**programme, **about}),
        line(WorkforceReported, staff, today("as_of")),
        line(FileTaken, roster),
        line(StatementsWaiting, {"force_id": SANDBOX, "waiting": chosen(range(4), cohort)}),
        scheduled(cohort, HELD, _PROGRAMME),
        scheduled(cohort, CALLED_OFF, _PROGRAMME),
    )


LENGTH: Final = len(_cohort(0))
"""Events of a cohort: of each the same number, since each has the same cast."""
