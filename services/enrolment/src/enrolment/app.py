"""Enrolment on one screen."""

from pathlib import Path

from chassis.pseudonyms import pseudonyms
from chassis.service import Service
from enrolment.api import ROUTERS
from enrolment.consumers import FLOWS
from enrolment.projections.timeline import TIMELINE
from enrolment.store.privacy import PRIVACY

SERVICE = Service(
    name="enrolment",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=[*ROUTERS, PRIVACY.router],
    flows=FLOWS,
    projections=[TIMELINE],
    chores=PRIVACY.chores,
    requires=[pseudonyms, PRIVACY.settle],
    privacy=PRIVACY,
)
