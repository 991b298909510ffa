"""The service on one screen."""

from pathlib import Path

from assessment.api import ROUTERS
from assessment.consumers import FLOWS
from assessment.projections.learners import LEARNERS
from assessment.store.privacy import PRIVACY
from chassis.service import Service

SERVICE = Service(
    name="assessment",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=[*ROUTERS, PRIVACY.router],
    flows=FLOWS,
    projections=[LEARNERS],
    chores=PRIVACY.chores,
    requires=[PRIVACY.settle],
    privacy=PRIVACY,
)
