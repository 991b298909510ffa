"""One event as one force is told it: CloudEvents JSON, all but its place in the feed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from npp_contracts.event import Event
from npp_contracts.headers import CONTENT_TYPE, SCHEMA_PREFIX
from npp_contracts.ids import SANDBOX


@dataclass(slots=True)
class Entry:
    """An event on its way into a feed; `position` and `chain` are 0 and empty until it is there.

    named_by: the fingerprint of the key that its pseudonyms were made with.
    """

    force_id: str
    event_id: UUID
    type: str
    subject: str
    time: datetime
    head: str
    tail: str
    named_by: str
    position: int = 0
    chain: str = ""

    @property
    def document(self) -> str:
        """The CloudEvent in JSON; its sequence is its position."""
        return f"{self.head}{self.position}{self.tail}"


def entry(
    kind: type[Event],
    feed: str,
    *,
    event_id: UUID,
    time: datetime,
    subject: str,
    values: dict[str, Any],
    named_by: str,
) -> Entry:
    """An event that goes to a feed; values: its payload, renamed. Only what is named here goes.

    Left out are the ids of what led to the event and of its trace: two forces that have the same
    cause in their files would know it.
    """
    owner = kind.topic.owner
    said = {
        "specversion": "1.0",
        "id": str(event_id),
        "type": kind.type,
        "source": f"/npp/{SANDBOX}/{owner}" if feed == SANDBOX else f"/npp/{owner}",
        "subject": subject,
        "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "dataschema": SCHEMA_PREFIX + kind.type,
        "datacontenttype": CONTENT_TYPE,
        "forceid": feed,
    }
    head = _json(said)[:-1] + ',"sequence":"'
    tail = f'","data":{_json(values)}}}'
    return Entry(feed, event_id, kind.type, subject, time, head, tail, named_by)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
