"""The gate: everything that a change of the contracts is refused for, with what mends it."""

from collections.abc import Iterator
from pathlib import Path

from npp_contracts.catalogue import SERVICES
from npp_contracts.event import Event
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.compatibility import breaks
from npp_contracts.publication.privacy import looks_personal, personal_fields
from npp_contracts.publication.problem import GENERATE, Problem
from npp_contracts.publication.releases import fingerprint, lock_of, revisions, snapshot
from npp_contracts.publication.schema import schema_of, unexplained
from npp_contracts.testing import NAMES, Example, read_as, read_examples
from npp_contracts.topics import Topic

Events = dict[str, type[Event]]

CATALOGUE = f"add it in contracts/src/npp_contracts/catalogue.py, then {GENERATE}"


def problems(checkout: Checkout, events: Events, topics: dict[str, Topic]) -> list[Problem]:
    """Every reason to refuse the contracts as they stand in a checkout."""
    return [
        *_homeless(events, topics),
        *_forgotten(checkout.released, events),
        *_incompatible(checkout.released, events),
        *_fields(events),
        *_examples(checkout.examples, events),
    ]


def uncatalogued(events: Events) -> list[Problem]:
    """The events that are declared in this package and left out of the catalogue."""
    return [
        Problem(event.type, "is declared but not in the catalogue's EVENTS", CATALOGUE)
        for event in _declared(Event)
        if event.__module__.startswith("npp_contracts.") and event.type not in events
    ]


def _homeless(events: Events, topics: dict[str, Topic]) -> Iterator[Problem]:
    for event in events.values():
        topic = event.topic
        if topics.get(topic.name) != topic:
            yield Problem(event.type, f"its topic {topic.name} is not in TOPICS", CATALOGUE)
        if topic.owner not in SERVICES:
            yield Problem(event.type, f"its owner {topic.owner!r} is not in SERVICES", CATALOGUE)


def _declared(event: type[Event]) -> Iterator[type[Event]]:
    for each in event.__subclasses__():
        yield each
        yield from _declared(each)


def _forgotten(folder: Path, events: Events) -> Iterator[Problem]:
    for name, entry in lock_of(folder).items():
        if name not in events:
            restore = "put its class and its line of the catalogue back, then " + GENERATE
            yield Problem(name, "was released and is gone; its events are still replayed", restore)
        for number, known in enumerate(entry["sha256"], start=1):
            path = snapshot(folder, name, number)
            if not path.exists() or fingerprint(path) != known:
                yield Problem(
                    name,
                    f"released schema {number} was edited or removed; it can't be",
                    f"git checkout HEAD -- {'/'.join(path.parts[-5:])}",
                )


def _incompatible(folder: Path, events: Events) -> Iterator[Problem]:
    lock = lock_of(folder)
    for name, event in events.items():
        entry = lock.get(name)
        if entry is None:
            continue
        major = int(name.rpartition(".v")[2]) + 1
        mend = (
            f"undo it, or declare {event.__name__}V{major} with type "
            f"{name.rpartition('.v')[0]}.v{major} beside it, then {GENERATE}"
        )
        for word, now in (("topic", event.topic.name), ("key", event.topic.key)):
            if entry[word] != now:
                yield Problem(name, f"its {word} was {entry[word]} when it was released", mend)
        for number, released in enumerate(revisions(folder, name), start=1):
            for why in breaks(released, schema_of(event)):
                yield Problem(name, f"against release {number}, {why}", mend)


def _fields(events: Events) -> Iterator[Problem]:
    mend = "use an opaque id, a code or a closed list in the class, then " + GENERATE
    for name, event in events.items():
        for why in personal_fields(schema_of(event)):
            yield Problem(name, why, mend)
        for field in unexplained(schema_of(event)):
            say = f"write a docstring under {field} in the class, then {GENERATE}"
            yield Problem(name, f"nobody says what {field} means", say)


def _examples(folder: Path, events: Events) -> Iterator[Problem]:
    for name, event in events.items():
        path = folder / f"{name}.json"
        found = read_examples(path) if path.exists() else []
        for missing in [each for each in NAMES if each not in {one.name for one in found}]:
            start = f"{GENERATE} --examples, then make contracts/examples/{path.name} realistic"
            yield Problem(name, f"has no {missing} example", start)
        for example in found:
            for why in _faults(event, example):
                edit = f"edit contracts/examples/{path.name}, then {GENERATE}"
                yield Problem(name, f"its {example.name} example: {why}", edit)


def _faults(event: type[Event], example: Example) -> Iterator[str]:
    if example.headers.get("ce_type") != event.type:
        yield f"ce_type must be {event.type}"
        return
    yield from looks_personal(example.headers)
    yield from looks_personal(example.payload)
    if example.name == "full" and None in example.payload.values():
        yield "full means that no field is null"
    try:
        said = read_as(event, example.record)
    except ValueError as error:
        yield " ".join(str(error).split())
        return
    if said.model_dump(mode="json") != example.payload:
        yield "is not what the event is written as; write every field, in its canonical form"
