"""The memory of what was released: snapshots that stay, and a lock that notices if they don't."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from npp_contracts.event import Event
from npp_contracts.publication.schema import Json, schema_of, written

_ANNOTATIONS = ("title", "description", "examples", "$comment")


def snapshot(folder: Path, type: str, revision: int) -> Path:
    """The file of a released revision."""
    return folder / type / f"{revision}.json"


def lock_of(folder: Path) -> dict[str, Json]:
    """Per type: its topic, its key, and the hash of each revision in order of release."""
    path = folder / "lock.json"
    lock: dict[str, Json] = json.loads(path.read_text()) if path.exists() else {}
    return lock


def revisions(folder: Path, type: str) -> list[Json]:
    """Every released schema of a type that is still there, the oldest first."""
    count = len(lock_of(folder).get(type, {}).get("sha256", []))
    paths = [snapshot(folder, type, number) for number in range(1, count + 1)]
    return [json.loads(path.read_text()) for path in paths if path.exists()]


def fingerprint(path: Path) -> str:
    """The hash by which the lock knows a snapshot."""
    return sha256(path.read_bytes()).hexdigest()


def release(folder: Path, events: dict[str, type[Event]]) -> list[str]:
    """Remember the schema of each type whose shape is new; returns the names of new files."""
    lock, made = lock_of(folder), []
    for name, event in sorted(events.items()):
        entry = lock.setdefault(
            name, {"topic": event.topic.name, "key": event.topic.key, "sha256": []}
        )
        schema, before = schema_of(event), revisions(folder, name)
        if before and _shape(before[-1]) == _shape(schema):
            continue
        path = snapshot(folder, name, len(entry["sha256"]) + 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(schema))
        entry["sha256"].append(fingerprint(path))
        made.append(f"{name}/{path.name}")
    if made:
        (folder / "lock.json").write_text(written(lock))
    return made


def _shape(schema: Any) -> Any:
    """The schema without its words."""
    if isinstance(schema, list):
        return [_shape(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        # A field may be called title; only a word in a schema's own place is an annotation.
        key: {name: _shape(field) for name, field in value.items()}
        if key in {"properties", "$defs"}
        else _shape(value)
        for key, value in schema.items()
        if key not in _ANNOTATIONS
    }
