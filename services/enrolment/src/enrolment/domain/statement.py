"""An xAPI statement: whom it is about, and whether it says that a module was completed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from enrolment.domain.errors import CollarNumberInvalid
from enrolment.domain.fact import PROGRAMME_BEGAN, Fact, Kind
from enrolment.domain.forces import find_force
from enrolment.domain.learner import collar_number
from enrolment.domain.programme import Catalogue
from npp_contracts.codes import CompletedVia

COUNTING_VERBS: Final = frozenset(
    {"http://adlnet.gov/expapi/verbs/completed", "http://adlnet.gov/expapi/verbs/passed"}
)
_MODULES: Final = "/modules/"


class Outcome(StrEnum):
    """What became of a statement."""

    COUNTED = "counted"
    QUEUED = "queued"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class About:
    """Whom a statement names: by force and collar number, by address, or by neither we know."""

    force_id: str | None = None
    collar_number: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as far as it matters here; `document` is all of it, as it came."""

    statement_id: UUID
    about: About
    verb: str
    activity: str
    on: date
    claims_completion: bool
    sha256: str
    document: str


def about_account(home_page: str, name: str) -> About:
    """An account of a force's own directory: `https://<force id>.…`, the collar number its name."""
    try:
        force = find_force((urlsplit(home_page).hostname or "").partition(".")[0])
        return About(force, collar_number(name)) if force else About()
    except (ValueError, CollarNumberInvalid):
        return About()


def about_mailbox(mbox: str) -> About:
    """An address, as `mailto:` says it."""
    return About(email=mbox.removeprefix("mailto:").strip().lower())


def achieved(statement: Statement, catalogue: Catalogue, today: date) -> Fact | None:
    """The completion that a statement reports; None for what is stored and otherwise ignored."""
    module = module_of(statement.activity)
    if statement.verb not in COUNTING_VERBS or not statement.claims_completion:
        return None
    if module is None or not catalogue.knows(module):
        return None
    if not PROGRAMME_BEGAN <= statement.on <= today:
        return None
    return Fact(Kind.MODULE, module, statement.on, via=CompletedVia.XAPI)


def module_of(activity: str) -> str | None:
    """The module code that an activity's id ends in: `…/modules/<code>`."""
    try:
        path = urlsplit(activity).path
    except ValueError:
        return None
    _, found, code = path.rpartition(_MODULES)
    return code.strip("/").lower() if found and code else None
