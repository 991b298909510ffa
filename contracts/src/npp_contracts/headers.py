"""Writing an envelope as the headers of a record."""

from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

SCHEMA_PREFIX = "urn:npp:schema:"
CONTENT_TYPE = "application/json"


def headers_of(
    *,
    id: UUID | str,
    type: str,
    source: str,
    subject: str,
    time: datetime,
    dataschema: str,
    correlationid: str,
    causationid: str | None,
    sequence: int,
    forceid: str,
    traceparent: str | None,
) -> list[tuple[str, bytes]]:
    """An envelope's headers, for whoever has no use for the envelope itself."""
    at = (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat()[: -len("+00:00")]
    headers = [
        _SPECVERSION,
        ("ce_id", str(id).encode()),
        _header("ce_type", type),
        _header("ce_source", source),
        ("ce_subject", subject.encode()),
        ("ce_time", f"{at}Z".encode()),
        _header("ce_dataschema", dataschema),
        ("ce_correlationid", correlationid.encode()),
    ]
    if causationid is not None:
        headers.append(("ce_causationid", causationid.encode()))
    headers += [("ce_sequence", b"%d" % sequence), _header("ce_forceid", forceid)]
    if traceparent is not None:
        headers.append(("ce_traceparent", traceparent.encode()))
    headers.append(_CONTENT)
    return headers


_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT = ("content-type", CONTENT_TYPE.encode())


@lru_cache(maxsize=1024)
def _header(name: str, value: str) -> tuple[str, bytes]:
    # The same few types, sources and forces over and over.
    return name, value.encode()
