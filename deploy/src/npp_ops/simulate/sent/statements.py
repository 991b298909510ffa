"""xAPI statements in batches, as the learning platform pushes them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from random import Random
from typing import Any, Final

from npp_contracts.codes import CompletedVia
from npp_ops.simulate.plan.chance import id_of, stream
from npp_ops.simulate.plan.plan import Plan

COMPLETED: Final = "http://adlnet.gov/expapi/verbs/completed"
# Not about completing: kept and ignored.
OTHER_VERBS: Final = (
    "http://adlnet.gov/expapi/verbs/experienced",
    "https://w3id.org/xapi/dod-isd/verbs/paused",
)
BATCH: Final = 500
OTHER_SHARE: Final = 0.01
NOBODY: Final = 12
"""Statements about people who never appear: they wait for ever."""
SAID_TWICE_SHARE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements of one request, and how many must be ignored or wait; waits: by force."""

    name: str
    statements: tuple[dict[str, Any], ...]
    ignored: int
    unmatched: int
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Said:
    force_id: str
    collar: str
    module: str
    on: date
    what: str = "completed"
    verb: str = COMPLETED
    unmatched: bool = False


def statement_batches(plan: Plan) -> list[Batch]:
    """All that the platform says before the second rosters come."""
    chance = stream(plan.seed, "statements")
    said = [*_completions(plan), *_others(plan, chance), *_about_nobody(plan)]
    chance.shuffle(said)
    return _batches(plan.seed, "statements", said)


def waiting_for_ever(plan: Plan) -> Counter[str]:
    """By force how many go on waiting, whatever comes."""
    return Counter(each.force_id for each in _about_nobody(plan))


def said_twice(plan: Plan) -> list[Batch]:
    """Completions that came by file and are said once more, by the other door: nothing new."""
    chance = stream(plan.seed, "said-twice")
    by_csv = [each for each in plan.completions if each.via is CompletedVia.CSV]
    stay = [each for each in by_csv if each.person not in plan.transferred]
    some = chance.sample(stay, max(1, round(len(stay) * SAID_TWICE_SHARE)))
    people = plan.people
    said = [
        _Said(people[e.person].force_id, people[e.person].collar, e.module, e.on, "twice")
        for e in some
    ]
    return _batches(plan.seed, "said twice", said)


def _completions(plan: Plan) -> Iterator[_Said]:
    for each in plan.completions:
        if each.via is CompletedVia.XAPI:
            person = plan.people[each.person]
            yield _Said(person.force_id, person.collar, each.module, each.on, unmatched=person.late)


def _others(plan: Plan, chance: Random) -> Iterator[_Said]:
    for nth in range(max(2, round(len(plan.completions) * OTHER_SHARE))):
        each = chance.choice(plan.completions)
        person, verb = plan.people[each.person], OTHER_VERBS[nth % 2]
        yield _Said(person.force_id, person.collar, each.module, each.on, f"other{nth}", verb)


def _about_nobody(plan: Plan) -> Iterator[_Said]:
    for nth in range(NOBODY):
        force = plan.strengths[nth % len(plan.strengths)].force_id
        yield _Said(force, str(99_000 + nth), "problem-solving-1", plan.day, unmatched=True)


def _batches(seed: int, name: str, said: Iterable[_Said]) -> list[Batch]:
    rest, found = iter(said), list[Batch]()
    while some := list(islice(rest, BATCH)):
        found.append(_batch(seed, f"{name} {len(found) + 1}", some))
    return found


def _batch(seed: int, name: str, said: Sequence[_Said]) -> Batch:
    return Batch(
        name,
        tuple(_statement(seed, each) for each in said),
        sum(each.verb != COMPLETED for each in said),
        sum(each.unmatched for each in said),
        Counter(each.force_id for each in said if each.unmatched),
    )


def _statement(seed: int, said: _Said) -> dict[str, Any]:
    # Office hours, so that the day is the same in London and in UTC.
    hour = 9 + len(said.module) % 8
    return {
        "id": str(id_of(seed, said.what, said.force_id, said.collar, said.module, said.on)),
        "actor": {
            "objectType": "Agent",
            "account": {
                "homePage": f"https://{said.force_id}.police.example",
                "name": said.collar,
            },
        },
        "verb": {"id": said.verb},
        "object": {"id": f"https://learn.npp.example/modules/{said.module}"},
        "timestamp": f"{said.on.isoformat()}T{hour:02}:15:00Z",
    }
