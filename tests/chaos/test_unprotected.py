"""What is taken away is there to be taken, and its case is there to fail."""

from importlib import import_module

import pytest

from .invariants import TITLES
from .row import every_row
from .unprotected import taking
from .unprotected.catalogue import EVERY, Without


@pytest.mark.parametrize("without", EVERY, ids=lambda one: f"{one.row} {one.case}")
def test_each_names_a_case_an_act_and_what_must_fail(without: Without) -> None:
    assert (without.row, without.case) in {(r.id, c.name) for r in every_row() for c in r.cases}
    module, _, act = without.act.partition(".")
    assert callable(getattr(import_module(f"{taking.__package__}.{module}"), act))
    assert set(without.fails) <= {*TITLES, "row"}
    # A case can fail by itself for many reasons, so it must be said which one is meant.
    assert without.says or "row" not in without.fails


def test_each_case_is_named_once() -> None:
    assert len({(one.row, one.case) for one in EVERY}) == len(EVERY)


class Chassis:
    def protects(self) -> bool:
        return True


def test_only_what_is_there_can_be_replaced() -> None:
    before = taking.put(Chassis, "protects", lambda _: False)
    assert not Chassis().protects()
    taking.put(Chassis, "protects", before)
    assert Chassis().protects()
    with pytest.raises(AttributeError):
        taking.put(Chassis, "protected", before)
    with pytest.raises(LookupError):
        taking.take_away("os.abort")
