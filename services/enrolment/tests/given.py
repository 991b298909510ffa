"""What tests begin with: a programme, a roster's row, a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def part(code: str, *modules: str, final: bool = False, portfolio: bool = False, **enrols: Any) -> dict[str, Any]:
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
        part("NPP1", "community-engagement-1", "problem-solving-1", police_officer=["constable", "sergeant"], pcso=[]),
        part("NPP2", "asb-1", final=True, portfolio=True, police_officer=["constable"], pcso=["none"]),
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
