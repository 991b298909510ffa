"""An event of a feed as a record: the feed's own document, its attributes again as headers."""

from datetime import datetime
from typing import Any, Final

import msgspec

# Structured mode of CloudEvents over Kafka, which may repeat the attributes as headers.
_STRUCTURED: Final = ("content-type", b"application/cloudevents+json")
_NO_ATTRIBUTES: Final = frozenset({"data", "datacontenttype"})
_HOUR_MS: Final = 3_600_000


class Streamed:
    """What a force's topic holds of one event; `position` is its place in the feed."""

    __slots__ = ("data", "milliseconds", "position", "subject")

    def __init__(self, position: int, subject: str, placed_at: datetime, document: str) -> None:
        self.position = position
        self.subject = subject
        self.data = document.encode()
        # Kafka keeps a record by its age, and whoever was late must not be gone at once: so not
        # the event's time. To the hour: by the millisecond two forces could find the two halves
        # of a transfer.
        milliseconds = int(placed_at.timestamp() * 1000)
        self.milliseconds = milliseconds - milliseconds % _HOUR_MS

    def headers(self) -> list[tuple[str, bytes]]:
        """Its attributes as the document has them, so that the two cannot differ."""
        said: dict[str, Any] = msgspec.json.decode(self.data)
        attributes = [(name, value) for name, value in said.items() if name not in _NO_ATTRIBUTES]
        return [*((f"ce_{name}", value.encode()) for name, value in attributes), _STRUCTURED]
