"""A gate over one event in an empty checkout."""

from collections.abc import Callable
from pathlib import Path

import pytest

from npp_contracts import TOPICS, Event
from npp_contracts.catalogue import STREAMS
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.gate import problems
from npp_contracts.publication.samples import samples_of
from npp_contracts.publication.schema import written

Gate = Callable[[type[Event]], list[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def exemplified(checkout: Checkout) -> Callable[[type[Event]], None]:
    def write(event: type[Event]) -> None:
        checkout.examples.mkdir(parents=True, exist_ok=True)
        text = written(samples_of(event))
        (checkout.examples / f"{event.type}.json").write_text(text)

    return write


@pytest.fixture
def gate(checkout: Checkout) -> Gate:
    def run(event: type[Event]) -> list[str]:
        return [
            str(problem) for problem in problems(checkout, {event.type: event}, TOPICS | STREAMS)
        ]

    return run
