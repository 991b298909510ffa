"""Reporting on one screen."""

from pathlib import Path

from chassis.pseudonyms import pseudonyms
from chassis.service import Service
from reporting.api import ROUTERS
from reporting.api.returns.freezing import read_cuts, reproduce
from reporting.feeds import FEEDS
from reporting.feeds.purge import purge_expired
from reporting.projections import PROJECTIONS
from reporting.settings import feed_settings

SERVICE = Service(
    name="reporting",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=ROUTERS,
    projections=PROJECTIONS,
    streams=[FEEDS],
    chores=[purge_expired],
    duties=[read_cuts],
    operations={"reproduce-return": reproduce},
    requires=[pseudonyms, feed_settings],
)
