"""Reporting on one screen."""

from pathlib import Path

from chassis.pseudonyms import pseudonyms
from chassis.service import Service
from reporting.api import ROUTERS
from reporting.api.bi.filling import fill_bi
from reporting.api.pages.frame import stylesheets
from reporting.api.returns.freezing import read_cuts, reproduce
from reporting.consumers import FLOWS
from reporting.feeds import FEEDS
from reporting.feeds.purge import purge_expired
from reporting.feeds.refill import refill
from reporting.feeds.sandbox.worker import invent
from reporting.feeds.stream import fill
from reporting.files.stored import forget_files
from reporting.files.worker import make_files
from reporting.projections import PROJECTIONS
from reporting.settings import feed_settings, sandbox_settings, webhook_settings
from reporting.store.erasures import count_erasures
from reporting.store.links import forget_links
from reporting.store.privacy import PRIVACY
from reporting.tallies.counting import tally
from reporting.webhooks.log import forget_delivered
from reporting.webhooks.secrets import reseal
from reporting.webhooks.worker import deliver

SERVICE = Service(
    name="reporting",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=[*ROUTERS, PRIVACY.router],
    flows=FLOWS,
    projections=PROJECTIONS,
    streams=[FEEDS],
    chores=[
        purge_expired,
        forget_files,
        forget_links,
        forget_delivered,
        reseal,
        count_erasures,
        *PRIVACY.chores,
    ],
    workers=[tally, read_cuts, deliver, fill, make_files, fill_bi, invent],
    operations={"reproduce-return": reproduce, "refill-stream": refill},
    requires=[
        pseudonyms,
        feed_settings,
        sandbox_settings,
        webhook_settings,
        stylesheets,
        PRIVACY.settle,
    ],
    privacy=PRIVACY,
)
