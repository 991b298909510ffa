"""Internal quality assurance's sample: drawn by a recorded seed, so anybody can draw it again."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_RANGE: Final = 2**64


@dataclass(frozen=True)
class SamplingPlan:
    """percent: the share that is drawn, 0 to 100. seed: goes into the log with each draw."""

    seed: str
    percent: float

    def draws(self, portfolio_id: UUID, revision: int) -> bool:
        """Whether this revision is in the sample: the first 64 bits of its hash decide."""
        digest = hashlib.sha256(f"{self.seed}:{portfolio_id}:{revision}".encode()).digest()
        return int.from_bytes(digest[:8]) * 100 < self.percent * _RANGE
