"""Reporting on one screen."""

from pathlib import Path

from chassis.service import Service
from reporting.api import ROUTERS
from reporting.projections import PROJECTIONS

SERVICE = Service(
    name="reporting",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=ROUTERS,
    projections=PROJECTIONS,
)
