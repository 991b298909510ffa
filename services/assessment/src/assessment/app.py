"""The service on one screen."""

from pathlib import Path

from assessment.api import ROUTERS
from assessment.projections.learners import LEARNERS
from chassis.service import Service

SERVICE = Service(
    name="assessment",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=ROUTERS,
    projections=[LEARNERS],
)
