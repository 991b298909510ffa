"""Which protection is taken away for which case, and what must then be violated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Without:
    """A case without a protection. act: see `taking`. fails: what must be violated, all of it.

    fails: invariants, or `row` for what the case itself asserts; says: words of such a violation.
    """

    row: str
    case: str
    act: str
    what: str
    fails: Sequence[str]
    says: str = ""


EVERY: Final = (
    Without(
        "F5",
        "each member in turn",
        "relaying.cut_off_at_the_end",
        "the relay's orderly end: it is cut off wherever it is",
        ["I4"],
    ),
    Without(
        "F2",
        "mid-send",
        "relaying.rows_on_another_session",
        "reading and removing on the session that holds the locks",
        ["I4"],
    ),
    Without(
        "F12",
        "a storm",
        "consuming.dead_letters_without_end",
        "the limit of dead letters",
        ["row"],
        says="the partition stops",
    ),
    Without(
        "F12",
        "a handler fails for a while",
        "consuming.events_behind_a_dead_one",
        "the wait of a key's later events behind its dead letter",
        ["row"],
        says="later events wait",
    ),
    Without(
        "F12",
        "one of each kind",
        "consuming.header_names_must_be_text",
        "reading header names whatever their bytes are",
        ["row"],
        says="is not shown within 60 s",
    ),
    Without(
        "F11",
        "ahead, then behind",
        "relaying.ordered_by_time",
        "the tickets' order: the queue is read by the events' times",
        ["I3"],
    ),
    Without(
        "F7",
        "sessions killed",
        "serving.tried_once",
        "trying again: relay and partitions end with the first error",
        ["I8"],
    ),
    Without(
        "F15",
        "lock storm",
        "serving.tried_once",
        "trying again: relay and partitions end with the first error",
        ["I8"],
    ),
    Without(
        "F15",
        "slow handler",
        "consuming.slowness_is_death",
        "patience with a slow batch: who does not poll for 8 s leaves the group",
        ["row"],
        says="rebalanced",
    ),
    Without(
        "F16",
        "reporting and portfolio",
        "consuming.checkpoint_a_second_later",
        "the checkpoint in the effect's transaction and the keys' sequences: at least once",
        ["I5"],
    ),
    Without(
        "F4",
        "after poll",
        "consuming.checkpoint_when_polled",
        "the checkpoint in the effect's transaction: it moves when a batch is polled",
        ["I5"],
    ),
    Without(
        "F4",
        "while writing a dead letter",
        "consuming.checkpoint_when_polled",
        "the dead letter in the checkpoint's transaction: that moves when a batch is polled",
        ["row"],
        says="each group has the dead letter once",
    ),
    Without(
        "F4",
        "in rebalance",
        "consuming.members_missed_late",
        "missing a dead member after 10 s: the group waits for it for minutes",
        ["row"],
        says="not consuming",
    ),
    Without(
        "F1",
        "mid-send",
        "relaying.removed_when_read",
        "removal only after the acknowledgement: rows leave the outbox as they are read",
        ["I1"],
    ),
    Without(
        "F1",
        "after removal",
        "relaying.removed_unacknowledged",
        "waiting for the acknowledgement before the removal",
        ["I1"],
    ),
    Without(
        "F1",
        "while taking shards",
        "relaying.shards_owned_for_ever",
        "shards that end with the session: an owner is written down, alive or not",
        ["I8"],
    ),
    Without(
        "F1",
        "after acknowledgement before removal",
        "consuming.sequences_unlooked_at",
        "the keys' sequences: what was sent twice is applied twice",
        ["I5"],
    ),
    Without(
        "F6",
        "not enough replicas",
        "relaying.acknowledged_by_one",
        "acknowledgement by all copies: the leader's is enough",
        ["row"],
        says="left the outbox with two copies",
    ),
    Without(
        "F6",
        "leaders moved",
        "relaying.unacknowledged_by_brokers",
        "any acknowledgement, and the producer's sequence numbers",
        ["I1"],
    ),
    Without(
        "F14",
        "at the database",
        "serving.commits_believed",
        "answering only after the commit: one that failed is taken for done",
        ["I0"],
    ),
    Without(
        "F8",
        "service–database",
        "serving.silence_without_limit",
        "the limits of silence of database sessions, and those of statements",
        ["row"],
        says="outbox age and lag low",
    ),
    Without(
        "F14",
        "at the broker",
        "relaying.unacknowledged_by_brokers",
        "any acknowledgement, and the producer's sequence numbers",
        ["I1"],
    ),
    Without(
        "F17",
        "while consumers are killed",
        "consuming.rebuilt_in_place",
        "tables of a generation's own: what is counted again is counted into the live ones",
        ["row"],
        says="differences in",
    ),
    Without(
        "F8",
        "resets again and again",
        "serving.resets_unexpected",
        "a broken write as a connection's error: what the client does not expect ends its loops",
        ["I8"],
    ),
    Without(
        "F19",
        "six ways",
        "serving.subjects_not_held",
        "holding back what comes behind a refused event of its subject",
        ["row"],
        says="out of order",
    ),
    Without(
        "F20",
        "before sending",
        "serving.topics_noted_when_read",
        "noting a position once it is acknowledged: it is noted as it is read",
        ["row"],
        says="is not its feed",
    ),
    Without(
        "F21",
        "amid erasing",
        "consuming.checkpoint_when_polled",
        "erasing and the receipt in the checkpoint's transaction: that moves when a batch is"
        " polled",
        ["row"],
        says="has no receipt",
    ),
)
