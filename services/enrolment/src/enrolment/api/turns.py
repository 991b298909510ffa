"""How many bulk requests work at the same time; the others wait without a database connection."""

import asyncio
from typing import Final

# Fewer than the pool has connections, so that single requests always find one.
BULK: Final = asyncio.Semaphore(4)
