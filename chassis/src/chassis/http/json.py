"""JSON answers of queries, written by msgspec from rows as the driver gave them."""

from typing import Any

import msgspec
from starlette.responses import Response


class Json(Response):
    """A response for plain rows: dicts, lists, UUIDs, dates, dataclasses, structs."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)
