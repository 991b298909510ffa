"""What the national team publishes before the load begins."""

from typing import Final

MODULES: Final = ("engagement", "problem-solving", "classroom")
_PART: Final = {
    "needs_portfolio": True,
    "needs_final": False,
    "for": [{"worker_type": "police-officer", "ranks": ["constable"]}],
}
PROGRAMME: Final = {
    "programme_id": "npp",
    "version": 1,
    "title": "Invented",
    "parts": [
        _PART
        | {
            "code": "NPP1",
            "title": "Invented part",
            "modules": [{"code": c, "title": c, "delivery": "online"} for c in MODULES],
        },
        {
            "code": "NPP2",
            "title": "Invented second part",
            "modules": [{"code": "evidence", "title": "evidence", "delivery": "online"}],
            "needs_portfolio": False,
            "needs_final": False,
            "for": [{"worker_type": "police-officer", "ranks": ["constable"]}],
        },
    ],
}
FRAMEWORK: Final = {
    "code": "npp1",
    "version": 1,
    "part": "NPP1",
    "programme_id": "npp",
    "criteria": [{"code": "c1", "title": "Criterion"}],
}
