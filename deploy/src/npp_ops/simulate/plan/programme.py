"""What is taught: a programme, a blueprint and a framework. Every title here is invented."""

# The shape (four parts, their subjects, what counts) is public; module lists, items, criteria,
# pass mark and durations are not, so these stand for them.

from datetime import date
from typing import Any, Final

from npp_contracts.codes import Form
from npp_ops.simulate.plan.chance import stream

PROGRAMME: Final = "npp"
VERSION: Final = 1
BLUEPRINT: Final = "neighbourhood-knowledge"
ITEMS: Final = 20
PASS_PERCENT: Final = 60
FRAMEWORK: Final = "neighbourhood-practice"
FRAMEWORK_VERSION: Final = 1

BEGAN: Final = date(2025, 6, 2)
LEADERSHIP_BEGAN: Final = date(2026, 6, 17)

_ONLINE = {
    "community-engagement-1": "Community engagement 1: knowing a neighbourhood",
    "community-engagement-2": "Community engagement 2: listening and answering",
    "problem-solving-1": "Problem solving 1: from incidents to problems",
    "problem-solving-2": "Problem solving 2: choosing what to try",
    "anti-social-behaviour-1": "Anti-social behaviour 1: harm and those who suffer it",
    "anti-social-behaviour-2": "Anti-social behaviour 2: powers and partners",
}
_CLASSROOM = {
    "collaborative-engagement": "Collaborative engagement",
    "evidence-based-problem-solving": "Evidence-based problem solving",
    "tackling-anti-social-behaviour": "Tackling anti-social behaviour",
}
_PLANNED = {
    "prevention-and-partnership": "Prevention and partnership",
    "managing-offenders": "Managing offenders",
    "serious-and-organised-crime": "Serious and organised crime through neighbourhood policing",
}
_LEADING = {
    "leading-neighbourhood-teams": "Leading neighbourhood teams",
    "leading-problem-solving": "Leading problem solving",
}
ONLINE_MODULES: Final = tuple(_ONLINE)
CLASSROOM_MODULES: Final = tuple(_CLASSROOM)
LEADERSHIP_MODULES: Final = tuple(_LEADING)
TITLES: Final = _ONLINE | _CLASSROOM | _PLANNED | _LEADING

CRITERIA: Final = {
    "engage-1": "Meets people who are rarely heard, and says what came of it",
    "engage-2": "Agrees priorities with a community and reports back on them",
    "solve-1": "Describes a problem by its evidence before acting on it",
    "solve-2": "Tries a response with partners and checks whether it worked",
    "protect-1": "Recognises repeat victims and lowers their risk",
    "protect-2": "Uses powers against anti-social behaviour lawfully and in proportion",
}
_LEADERS = ["sergeant", "inspector"]
_OFFICERS = {"worker_type": "police-officer", "ranks": ["constable", *_LEADERS]}
_EVERYBODY = [_OFFICERS, {"worker_type": "pcso", "ranks": []}]


def programme() -> dict[str, Any]:
    """The body of POST /programmes."""
    return {
        "programme_id": PROGRAMME,
        "version": VERSION,
        "title": "Neighbourhood policing programme (demo, invented content)",
        "parts": [
            _part("NPP1", "Foundations, online", _ONLINE, "online", _EVERYBODY),
            _part("NPP2", "Practice, in the classroom", _CLASSROOM, "classroom", _EVERYBODY)
            | {"needs_portfolio": True, "needs_final": True},
            _part("NPP3", "Prevention and partnership (planned)", _PLANNED, "online", []),
            _part(
                "NPP4",
                "Leading neighbourhood policing",
                _LEADING,
                "online",
                [{"worker_type": "police-officer", "ranks": _LEADERS}],
            ),
        ],
    }


def _part(
    code: str, title: str, modules: dict[str, str], delivery: str, whom: list[dict[str, Any]]
) -> dict[str, Any]:
    listed = [{"code": one, "title": said, "delivery": delivery} for one, said in modules.items()]
    needs = {"needs_portfolio": False, "needs_final": False}
    return {"code": code, "title": title, "modules": listed, **needs, "for": whom}


def keys(form: Form) -> dict[str, str]:
    """The right option of each item of a form."""
    chance = stream(0, "keys", form)
    return {f"{form.value}{nth:02}": chance.choice("abcd") for nth in range(1, ITEMS + 1)}


def blueprint() -> dict[str, Any]:
    """The body of POST /blueprints: two parallel forms."""
    forms = {
        form.value: [
            {"item": item, "options": ["a", "b", "c", "d"], "key": key}
            for item, key in keys(form).items()
        ]
        for form in Form
    }
    return {
        "code": BLUEPRINT,
        "programme_id": PROGRAMME,
        "programme_version": VERSION,
        "part": "NPP2",
        "title": "Neighbourhood knowledge (demo, invented items)",
        "pass_percent": PASS_PERCENT,
        "minutes": 45,
        "forms": forms,
    }


def framework() -> dict[str, Any]:
    """The body of POST /frameworks."""
    return {
        "code": FRAMEWORK,
        "version": FRAMEWORK_VERSION,
        "programme_id": PROGRAMME,
        "part": "NPP2",
        "criteria": [{"code": code, "title": title} for code, title in CRITERIA.items()],
    }
