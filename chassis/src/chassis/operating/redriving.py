"""Redriving or discarding many dead letters, oldest first and no faster than told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal

from chassis.deadletters import DeadLetters
from chassis.errors import Refusal
from chassis.operating.audit import Operator

Verdict = Literal["redriven", "discarded"]
# As many as stop a partition: whatever made them fail is not mended yet.
IN_A_ROW: Final = 20


class CauseNotMended(Refusal):
    title = "Too many dead letters in a row were refused, so the rest was left alone"


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of one. released: how many events that waited behind it were applied."""

    id: int
    refused: str | None = None
    detail: str = ""
    released: int = 0


async def close_all(
    letters: DeadLetters, chosen: list[int], verdict: Verdict, operator: Operator, rate: float
) -> AsyncIterator[Closed]:
    """Close dead letters one by one, `rate` a second at most; raises CauseNotMended.

    Within a key they are in the order of their ids, so that its order is kept. One that is refused
    stays open, and so does its key; others go on.
    """
    loop = asyncio.get_running_loop()
    begun, failed = loop.time(), 0
    for number, letter in enumerate(sorted(chosen)):
        await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
        closed = await _close(letters, letter, verdict, operator)
        failed = failed + 1 if closed.refused else 0
        yield closed
        if failed >= IN_A_ROW:
            raise CauseNotMended(closed.detail, in_a_row=failed, left=len(chosen) - number - 1)


async def _close(letters: DeadLetters, letter: int, verdict: Verdict, operator: Operator) -> Closed:
    close = letters.redrive if verdict == "redriven" else letters.discard
    try:
        released = await close(letter, operator.name, operator.because)
    except Refusal as refused:
        return Closed(letter, refused.code, str(refused))
    return Closed(letter, released=released)
