"""Portfolio on one screen."""

from pathlib import Path
from typing import Final

from chassis.service import Service
from portfolio.api import frameworks, portfolios
from portfolio.consumers import FLOWS
from portfolio.store.privacy import PRIVACY

SERVICE: Final = Service(
    name="portfolio",
    migrations=Path(__file__).parents[2] / "migrations",
    routers=[frameworks.router, portfolios.router, PRIVACY.router],
    flows=FLOWS,
    chores=PRIVACY.chores,
    requires=[PRIVACY.settle],
    privacy=PRIVACY,
)
