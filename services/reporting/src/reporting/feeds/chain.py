"""The chain: one hash that stands for a feed up to a position, which anybody can work out."""

from hashlib import sha256


def start(force_id: str) -> str:
    """What the first event is chained to."""
    return sha256(force_id.encode()).hexdigest()


def following(chain: str, position: int, event_id: str, kind: str) -> str:
    """The chain with one more event."""
    return sha256(f"{chain}\n{position}\n{event_id}\n{kind}".encode()).hexdigest()
