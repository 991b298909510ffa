"""Who sends what: one token per actor, minted once."""

from dataclasses import dataclass, field
from uuid import UUID

from npp_contracts.ids import NATIONAL
from npp_ops.issuer.tokens import HOUR, Minter

LIFETIME = 12 * HOUR


@dataclass(slots=True)
class Actors:
    """Bearer tokens by who acts; the same subject in every run, as idempotency keys are theirs."""

    minter: Minter
    _minted: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def national(self, role: str) -> str:
        return self._token(f"demo-{role}", role, NATIONAL)

    def of_force(self, role: str, force_id: str) -> str:
        return self._token(f"demo-{role}-{force_id}", role, force_id)

    def learner(self, learner_id: UUID, force_id: str) -> str:
        return self._token(str(learner_id), "candidate", force_id)

    def sender(self, sender: str) -> str:
        """Of a file: a force's administrator, or nationally the learning platform."""
        if sender == NATIONAL:
            return self.national("learning-platform")
        return self.of_force("force-admin", sender)

    def _token(self, subject: str, role: str, force_id: str) -> str:
        who = subject, role, force_id
        if who not in self._minted:
            self._minted[who] = self.minter.access_token(subject, [role], force_id, ttl=LIFETIME)
        return self._minted[who]
