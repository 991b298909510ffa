"""The service on one screen."""

from pathlib import Path

from chassis.service import Service
from events.api import ROUTERS
from events.consumers import FLOWS
from events.projections import PROJECTIONS
from events.store.privacy import PRIVACY

SERVICE = Service(
    name="events",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=[*ROUTERS, PRIVACY.router],
    flows=FLOWS,
    projections=PROJECTIONS,
    chores=PRIVACY.chores,
    requires=[PRIVACY.settle],
    privacy=PRIVACY,
)
