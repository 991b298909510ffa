"""docs/feed holds what a reader gets of each type, by every door; a change of it is seen here."""

import json
import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import EVENTS, TOPICS
from npp_contracts.envelope import Envelope
from npp_contracts.testing import examples
from reporting.feeds.routing import TYPES, routed

GOLDEN = Path(__file__).parents[3] / "docs" / "feed"
COMMAND = "NPP_GOLDEN=write pytest services/reporting/tests/test_golden_events.py"
NAMES = Pseudonyms(b"the invented secret of the examples")


@cache
def told() -> dict[str, list[Any]]:
    """By type, what the contracts' examples become: the minimal one, then the full one."""
    found = defaultdict[str, list[Any]](list)
    for kind in EVENTS.values():
        if kind.topic.name in TOPICS:
            for each in examples(kind):
                for entry in routed(Envelope.from_record(*each.record), NAMES):
                    entry.position = len(found[entry.type]) + 1
                    found[entry.type].append(json.loads(entry.document))
    return found


def written(documents: list[Any]) -> str:
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_reader_gets_what_the_example_shows(name: str) -> None:
    file, now = GOLDEN / f"{name}.json", written(told()[name])
    if os.environ.get("NPP_GOLDEN") == "write":
        file.write_text(now)
    mend = f"readers would get something else; if that is meant: {COMMAND}"
    assert file.exists(), mend
    assert file.read_text() == now, mend


def test_there_is_one_for_each_type_and_no_other() -> None:
    assert {each.stem for each in GOLDEN.glob("*.json")} == set(TYPES)
