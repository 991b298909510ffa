"""What tests begin with: a programme, a roster's row, a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from enrolment.api.bodies import ProgrammeBody
from enrolment.domain.enrolment import Enrolment, complete_modules, enrol, has_place_for
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Edition
from enrolment.domain.progress import settle
from npp_contracts.codes import CompletedVia, EnrolledBy
from npp_contracts.event import Event


def part(
    code: str, *modules: str, final: bool = False, portfolio: bool = False, **enrols: Any
) -> dict[str, Any]:
    return {
        "code": code,
        "title": f"Part {code}",
        "modules": [{"code": m, "title": m.capitalize(), "delivery": "online"} for m in modules],
        "needs_final": final,
        "needs_portfolio": portfolio,
        "for": [
            {"worker_type": worker_type.replace("_", "-"), "ranks": ranks}
            for worker_type, ranks in enrols.items()
        ],
    }


NPP = {
    "programme_id": "npp",
    "version": 1,
    "title": "Neighbourhood Policing Programme",
    "parts": [
        part(
            "NPP1",
            "community-engagement-1",
            "problem-solving-1",
            police_officer=["constable", "sergeant"],
            pcso=[],
        ),
        part(
            "NPP2", "asb-1", final=True, portfolio=True, police_officer=["constable"], pcso=["none"]
        ),
        part("NPP4", "leadership-1", police_officer=["sergeant", "inspector"]),
    ],
}

_PERSON = {
    "collar_number": "1",
    "given_name": "Siân",
    "family_name": "Ŵyn-Jones",
    "email": "sian@derbyshire.police.example",
    "worker_type": "police-officer",
    "rank": "constable",
    "neighbourhood": "yes",
    "joined_on": "2020-03-01",
}


def roster_row(**said: str) -> dict[str, str]:
    return _PERSON | said


def csv_of(rows: Sequence[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def edition() -> Edition:
    """The programme above, as the domain has it."""
    return ProgrammeBody.model_validate(NPP).edition()


def enrolled_on(*parts: str) -> Enrolment:
    """Somebody who is on these parts."""
    enrolment = Enrolment(uuid4(), uuid4(), "derbyshire", "npp", 1)
    for part in parts:
        enrolment.apply(enrol(enrolment, edition(), part, EnrolledBy.RULE))
    return enrolment


def module(code: str, on: date, via: CompletedVia = CompletedVia.CSV) -> Fact:
    return Fact(Kind.MODULE, code, on, via=via)


def final(part: str, on: date) -> Fact:
    return Fact(Kind.FINAL, part, on, "npp", 1)


def portfolio(part: str, on: date) -> Fact:
    return Fact(Kind.PORTFOLIO, part, on, "npp", 1)


def after(enrolment: Enrolment, *facts: Fact) -> list[Event]:
    """What is recorded when these arrive one by one."""
    said: list[Event] = []
    for fact in facts:
        completed = complete_modules(enrolment, edition(), [fact])
        for event in completed:
            enrolment.apply(event)
        if fact.kind is not Kind.MODULE and has_place_for(enrolment, edition(), fact):
            enrolment.take(fact)
        settled = settle(enrolment, edition())
        for one in settled:
            enrolment.apply(one)
        said += [*completed, *settled]
    return said
