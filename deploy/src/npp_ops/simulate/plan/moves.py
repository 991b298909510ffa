"""What happens to people beside learning: transfers, promotions, deferrals, withdrawals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from npp_contracts.codes import DeferralReason, Rank, WithdrawalReason
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.names import address
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.programme import ONLINE_MODULES

TRANSFERS: Final = 40 / 17_175
PROMOTIONS: Final = 0.003
DEFERRALS: Final = 0.008
WITHDRAWALS: Final = 0.004
# Above every number that a roster hands out, so that nobody there can have it.
FIRST_NEW_COLLAR: Final = 60_000


@dataclass(frozen=True, slots=True)
class Transfer:
    """A move to another force. `module`: what is completed there afterwards, if anything."""

    person: int
    to_force_id: str
    collar: str
    email: str
    on: date
    module: str | None


@dataclass(frozen=True, slots=True)
class Deferral:
    """Training put off, and perhaps taken up again."""

    person: int
    reason: DeferralReason
    until: date | None
    resumed: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Training ended without completion."""

    person: int
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class Moves:
    """All of them; nobody has two. `promoted`: constables whom the second roster calls sergeant."""

    transfers: tuple[Transfer, ...]
    promoted: frozenset[int]
    deferrals: tuple[Deferral, ...]
    withdrawals: tuple[Withdrawal, ...]


def moves_of(
    people: Sequence[Person], done: dict[int, set[str]], busy: set[int], seed: int, day: date
) -> Moves:
    """`done`: online modules by person. `busy`: who has a portfolio or a place and stays put."""
    chance = stream(seed, "moves")
    line = [person for person in people if not person.late]
    chance.shuffle(line)
    movers, rest = _take(line, TRANSFERS)
    quiet = [person for person in rest if person.at not in busy]
    deferred, quiet = _take(quiet, DEFERRALS * len(line) / max(1, len(quiet)))
    gone, quiet = _take(quiet, WITHDRAWALS * len(line) / max(1, len(quiet)))
    constables = [person for person in quiet if person.rank is Rank.CONSTABLE]
    promoted, _ = _take(constables, PROMOTIONS * len(line) / max(1, len(constables)))
    forces = sorted({person.force_id for person in people})
    return Moves(
        tuple(
            _transfer(
                person,
                str(FIRST_NEW_COLLAR + nth),
                chance.choice([force for force in forces if force != person.force_id]),
                day - timedelta(days=chance.randint(2, 9)),
                done.get(person.at, set()),
            )
            for nth, person in enumerate(movers)
        ),
        frozenset(person.at for person in promoted),
        tuple(_deferral(person, nth, chance, day) for nth, person in enumerate(deferred)),
        tuple(Withdrawal(person.at, chance.choice(list(WithdrawalReason))) for person in gone),
    )


def _take(line: list[Person], share: float) -> tuple[list[Person], list[Person]]:
    count = min(len(line), max(1, round(len(line) * share)))
    return line[:count], line[count:]


def _transfer(person: Person, collar: str, to: str, on: date, done: set[str]) -> Transfer:
    email = address(person.given, person.family, collar, to)
    left = [module for module in ONLINE_MODULES if module not in done]
    return Transfer(person.at, to, collar, email, on, left[0] if left else None)


def _deferral(person: Person, nth: int, chance: Random, day: date) -> Deferral:
    until = day + timedelta(days=chance.randint(20, 200)) if chance.random() < 0.8 else None
    return Deferral(person.at, chance.choice(list(DeferralReason)), until, resumed=nth % 2 == 0)
