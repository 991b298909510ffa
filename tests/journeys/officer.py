"""The steps of one officer's way, each as the people and systems of a force take it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from .platform import FORCE, Person, Platform, eventually

NATIONAL = Person("national-admin", "national")
AUTHOR = Person("assessment-author", "national")
ADMIN = Person("force-admin")
LEARNING = Person("learning-platform", "national")
ASSESSOR = Person("assessor")
IQA = Person("iqa")
SIGNATORY = Person("force-signoff")

NOTES = ("valid", "authentic", "reliable", "current", "sufficient")
ITEMS = [{"item": f"q{n}", "options": ["a", "b"], "key": "a"} for n in range(4)]
CRITERIA = [{"code": code, "title": f"Criterion {code}"} for code in ("c1", "c2")]
PART = {
    "code": "NPP2",
    "title": "Invented part",
    "modules": [
        {"code": "engagement", "title": "Invented online module", "delivery": "online"},
        {"code": "classroom", "title": "Invented classroom module", "delivery": "classroom"},
    ],
    "needs_portfolio": True,
    "needs_final": True,
    "for": [{"worker_type": "police-officer", "ranks": ["constable"]}],
}


class Officer:
    """One officer on the way; `times` says how often each request is sent."""

    def __init__(
        self,
        platform: Platform,
        collar: str,
        times: int = 1,
        *,
        name: str = "Alex,Example",
        words: str = "Seen.",
    ) -> None:
        self.platform = platform
        self.collar = collar
        self.times = times
        self.name = name
        self.words = words
        self.learner_id = ""

    def post(self, who: Person, service: str, path: str, body: Any, **headers: str) -> Any:
        sent = self.platform.send(who, "POST", service, path, body, times=self.times, **headers)
        return sent.json() if sent.content else None

    def is_on_the_roster(self) -> None:
        roster = (
            "collar_number,given_name,family_name,email,worker_type,rank,neighbourhood,joined_on\n"
            f"{self.collar},{self.name},{self.collar}@derbyshire.police.example,"
            "police-officer,constable,yes,2020-01-06\n"
        )
        self.post(ADMIN, "enrolment", "/rosters", roster.encode(), **{"Content-Type": "text/csv"})
        found = self.platform.get(ADMIN, "enrolment", f"/learners?collar_number={self.collar}")
        self.learner_id = found["items"][0]["learner_id"]

    def completes_the_online_module(self) -> None:
        statement = {
            "id": str(uuid4()),
            "actor": {
                "account": {"homePage": f"https://{FORCE}.police.example", "name": self.collar}
            },
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": "https://learn.npp.example/modules/engagement"},
            "timestamp": "2026-05-01T10:00:00Z",
        }
        version = {"X-Experience-API-Version": "1.0.3"}
        self.post(LEARNING, "enrolment", "/xapi/statements", statement, **version)

    def sits(self, occasion: str, right: int) -> None:
        start = {"learner_id": self.learner_id, "blueprint": "npp2-knowledge", "occasion": occasion}
        attempt = eventually(lambda: self.post(ADMIN, "assessment", "/attempts", start))
        answers = {
            question["item"]: "a" if n < right else "b"
            for n, question in enumerate(attempt["items"])
        }
        path = f"/attempts/{attempt['attempt_id']}/submit"
        self.post(ADMIN, "assessment", path, {"answers": answers})
        release = {"blueprint": "npp2-knowledge", "occasion": occasion}
        self.post(ADMIN, "assessment", "/releases", release)

    def attends_the_classroom_day(self) -> None:
        begun = datetime.now(UTC) - timedelta(hours=7)
        session = {
            "kind": "classroom",
            "title": "Invented classroom day",
            "module": "classroom",
            "programme_id": "npp",
            "starts_at": begun.isoformat(),
            "ends_at": (begun + timedelta(hours=6)).isoformat(),
            "capacity": 20,
            "duty_minutes": 360,
        }
        made = eventually(lambda: self.post(ADMIN, "events", "/sessions", session))
        entry = {"learner_id": self.learner_id, "attendance": "full", "reason": self.words}
        entries = {"entries": [entry]}
        self.post(ADMIN, "events", f"/sessions/{made['session_id']}/register", entries)

    def has_the_portfolio_signed(self) -> None:
        candidate = Person("candidate", subject=self.learner_id)
        listed = f"/portfolios?learner_id={self.learner_id}"
        found = eventually(lambda: self.platform.get(ADMIN, "portfolio", listed)["items"])
        path = f"/portfolios/{found[0]['portfolio_id']}"
        for criterion in CRITERIA:
            evidence = {
                "kind": "work-product",
                "title": self.words,
                "reference": "https://records.derbyshire.police.example/1",
                "event_date": date(2026, 6, 1).isoformat(),
                "criteria": [criterion["code"]],
            }
            self.post(candidate, "portfolio", f"{path}/evidence", evidence)
        self.post(candidate, "portfolio", f"{path}/submit", {})
        notes = dict.fromkeys(NOTES, self.words)
        decisions = [{"criterion": c["code"], "decision": "met", **notes} for c in CRITERIA]
        assessed = self.post(ASSESSOR, "portfolio", f"{path}/assess", {"decisions": decisions})
        if assessed["sampled"]:
            self.post(IQA, "portfolio", f"{path}/quality-assure", {"outcome": "upheld"})
        self.post(SIGNATORY, "portfolio", f"{path}/sign", {})

    def timeline(self) -> Any:
        return self.platform.get(ADMIN, "enrolment", f"/learners/{self.learner_id}/timeline")


def prepare_the_programme(platform: Platform) -> None:
    """What the national team publishes before anybody can start."""
    programme = {"programme_id": "npp", "version": 1, "title": "Invented", "parts": [PART]}
    platform.send(NATIONAL, "POST", "enrolment", "/programmes", programme)
    framework = {
        "code": "npp2",
        "version": 1,
        "part": "NPP2",
        "programme_id": "npp",
        "criteria": CRITERIA,
    }
    platform.send(NATIONAL, "POST", "portfolio", "/frameworks", framework)
    blueprint = {
        "code": "npp2-knowledge",
        "programme_id": "npp",
        "programme_version": 1,
        "part": "NPP2",
        "title": "Invented knowledge assessment",
        "pass_percent": 60,
        "minutes": 30,
        "forms": {"A": ITEMS, "B": [{**item, "item": f"{item['item']}-b"} for item in ITEMS]},
    }
    platform.send(AUTHOR, "POST", "assessment", "/blueprints", blueprint)
    workforce = {"force_id": FORCE, "as_of": "2026-03-31", "headcount": 100, "source": "return"}
    platform.send(ADMIN, "POST", "enrolment", "/workforce", workforce)
