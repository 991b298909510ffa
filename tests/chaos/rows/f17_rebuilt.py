"""F17: read models are rebuilt and promoted while relays and consumers are killed."""

from functools import partial

from tests.chaos.rebuilding import rebuilt
from tests.chaos.row import Case, Row
from tests.chaos.rows import f01_relay_killed, f04_consumer_killed

_RELAY = partial(f01_relay_killed.kill_at, "relay.after-send")
_CONSUMER = partial(f04_consumer_killed.kill_at, "consumer.mid-transaction:kill@5")

ROW = Row(
    "F17",
    "read models rebuilt beside the live ones, promoted, rolled back, promoted",
    "under F1 and F4, the rebuilding processes killed too; steady load and a reader",
    "the generation that follows and never passes: the two are never at one place; the locks that"
    " hold both: batches are counted in the wrong one (I5)",
    [
        Case("while a relay is killed", partial(rebuilt, _RELAY), quick=False),
        Case("while consumers are killed", partial(rebuilt, _CONSUMER), quick=False),
    ],
)
