"""Who reads which event: the committed list that is drawn from the services' registered flows."""

import json
from pathlib import Path

Consumers = dict[str, list[str]]
"""Per event type, the consumer groups that read it."""


def read_consumers(path: Path) -> Consumers:
    """The committed list; empty as long as there is none."""
    consumers: Consumers = json.loads(path.read_text()) if path.exists() else {}
    return consumers
