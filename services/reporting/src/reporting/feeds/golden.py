"""Write contracts/golden: the examples of all events as the forces they belong to read them."""

import sys
from collections import defaultdict
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec

from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import TOPICS
from npp_contracts.publication.following import follow
from npp_contracts.publication.schema import written
from npp_contracts.testing import all_examples
from reporting.feeds.entry import Entry
from reporting.feeds.routing import routed

COMMAND: Final = "python -m reporting.feeds.golden"
FOLDER: Final = Path("contracts/golden")
NAMES: Final = Pseudonyms(b"the secret of golden events, which is none")
"""Everybody may know whom these pseudonyms stand for: nobody."""


def entries() -> dict[str, list[Entry]]:
    """By feed what its force is told of the examples, in the order of their time."""
    found = defaultdict[str, list[Entry]](list)
    for each in all_examples():
        # What only feeds have comes from what it is made of.
        if each.event.topic.name in TOPICS:
            for one in routed(each.envelope, NAMES):
                found[one.force_id].append(one)
    for placed in found.values():
        placed.sort(key=attrgetter("time", "event_id"))
        for position, one in enumerate(placed, 1):
            one.position = position
    return dict(sorted(found.items()))


def golden() -> dict[Path, str]:
    """Each file with its text: a batch of CloudEvents, as the HTTP feed answers."""
    return {
        FOLDER / f"{feed}.json": written([_read(each) for each in placed])
        for feed, placed in entries().items()
    }


def _read(entry: Entry) -> Any:
    return msgspec.json.decode(entry.document)


def main(arguments: list[str] | None = None) -> int:
    """Write the files; with --check only say which are stale."""
    return follow(COMMAND, __doc__, arguments, golden(), FOLDER.glob("*.json"))


if __name__ == "__main__":
    sys.exit(main())
