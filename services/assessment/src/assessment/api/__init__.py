"""The HTTP API of assessment."""

from assessment.api import attempts, blueprints, results

ROUTERS = (blueprints.router, attempts.router, results.router)

__all__ = ["ROUTERS"]
