"""The consumer of the model: its state is the list of what it has applied."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.received import Received, Unreadable
from npp_contracts.envelope import Envelope
from npp_contracts.portfolio import PortfolioSubmitted

from .events import FAILING, FLAKY, TOPIC, UNREADABLE, label
from .store import GROUP, Transaction


class HandlerBroken(Exception):
    """A defect in a handler, as a service may have it."""


class Applying:
    """Appends the sequence of each event to the view of its key, in the transaction."""

    group = GROUP
    topics = (TOPIC,)
    types = frozenset({PortfolioSubmitted.type})

    def __init__(self) -> None:
        self.mended = False
        self.failed: set[str] = set()

    def decode(self, envelope: Envelope) -> Any:
        if envelope.data == UNREADABLE:
            raise Unreadable(label(envelope))
        return envelope.data

    def reader(self, kind: str) -> Callable[[bytes], Any] | None:
        return self._read if kind in self.types else None

    def _read(self, data: bytes) -> bytes:
        if data == UNREADABLE:
            raise Unreadable
        return data

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        transaction = cast(Transaction, session)
        names = [label(one.envelope) for one in events if one.envelope]
        await transaction.ask(f"apply {names}", lambda: None)
        for one in events:
            assert one.envelope is not None
            self._apply(transaction, one.envelope)

    def _apply(self, transaction: Transaction, envelope: Envelope) -> None:
        name = label(envelope)
        flaky = envelope.data == FLAKY and name not in self.failed
        if flaky or (envelope.data == FAILING and not self.mended):
            self.failed.add(name)
            raise HandlerBroken(name)
        view = transaction.get("view", envelope.subject) or ()
        transaction.put((*view, envelope.sequence), "view", envelope.subject)


class ApplyingAtOnce(Applying):
    """The same, given a batch in columns when nothing in it is wrong."""

    def reader(self, kind: str) -> Callable[[bytes], Any] | None:
        return self._read if kind in self.types else None

    @staticmethod
    def _read(data: bytes) -> Any:
        if data == UNREADABLE:
            raise ValueError(data)
        return data
