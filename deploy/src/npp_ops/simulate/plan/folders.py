"""Portfolios that are worked on: how far each gets, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final, Literal, TypeAlias

from npp_contracts.codes import EvidenceKind, QualityOutcome, ReturnReason
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.chosen import by_force, in_line, part_of
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.programme import CRITERIA

Does: TypeAlias = Literal["evidence", "submit", "return", "assess", "quality-assure", "sign"]
Reaches: TypeAlias = Literal[
    "draft", "submitted", "returned", "assessed", "quality-assured", "signed"
]
# Shares of a force's people; together about 1,300 of the nation, 670 of them signed.
SHARES: Final[dict[Reaches, float]] = {
    "signed": 0.039,
    "quality-assured": 0.006,
    "assessed": 0.0085,
    "returned": 0.006,
    "submitted": 0.0095,
    "draft": 0.008,
}
SECOND_ROUND: Final = 0.15
_KINDS: Final = [
    EvidenceKind.WORK_PRODUCT,
    EvidenceKind.REFLECTIVE_ACCOUNT,
    EvidenceKind.PROFESSIONAL_DISCUSSION,
    EvidenceKind.KNOWLEDGE_RESULT,
]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does to a portfolio; `word` is its kind, reason or outcome."""

    does: Does
    word: str = ""
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """A person's portfolio: where it ends, and every step up to there."""

    person: int
    reaches: Reaches
    steps: tuple[Step, ...]


def folders_of(people: Sequence[Person], seed: int) -> tuple[Folder, ...]:
    """Some of each state in every force that is large enough; a signed one in all."""
    chance = stream(seed, "folders")
    found: list[Folder] = []
    for staff in by_force(people).values():
        line, count = iter(in_line(staff, seed, "folder")), len(staff)
        for reaches, share in SHARES.items():
            least = 1 if reaches == "signed" else 0
            found += [
                Folder(person.at, reaches, _steps(reaches, chance))
                for person in islice(line, part_of(count, share, least))
            ]
    return tuple(found)


def _steps(reaches: Reaches, chance: Random) -> tuple[Step, ...]:
    if reaches == "draft":
        return (_evidence(chance, list(CRITERIA)[:2]),)
    steps = [_evidence(chance, list(CRITERIA)[::2]), _evidence(chance, list(CRITERIA)[1::2])]
    if chance.random() < SECOND_ROUND:
        steps += [Step("submit"), *_sent_back(chance), _evidence(chance, list(CRITERIA)[2:4])]
    steps.append(Step("submit"))
    if reaches == "returned":
        return (*steps, *_sent_back(chance))
    upheld = Step("quality-assure", QualityOutcome.UPHELD)
    rest = [Step("assess"), upheld, Step("sign")]
    reached = {"submitted": 0, "assessed": 1, "quality-assured": 2, "signed": 3}
    return (*steps, *rest[: reached[reaches]])


def _sent_back(chance: Random) -> list[Step]:
    """Mostly by the assessor; now and then by quality assurance after an assessment."""
    if chance.random() < 0.25:
        outcomes = (QualityOutcome.ACTION_REQUIRED, QualityOutcome.OVERTURNED)
        return [Step("assess"), Step("quality-assure", chance.choice(outcomes))]
    reasons = (ReturnReason.CRITERIA_NOT_MET, ReturnReason.EVIDENCE_INSUFFICIENT)
    return [Step("return", chance.choice(reasons))]


def _evidence(chance: Random, criteria: Sequence[str]) -> Step:
    return Step("evidence", chance.choice(_KINDS), tuple(criteria))
