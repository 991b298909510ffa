"""F18: read models are rebuilt and promoted while brokers die."""

from functools import partial

from tests.chaos.arena import BROKERS
from tests.chaos.rebuilding import rebuilt
from tests.chaos.row import Case, Row
from tests.chaos.rows import f06_brokers

ROW = Row(
    "F18",
    "read models rebuilt beside the live ones, promoted, rolled back, promoted",
    "under F6, the rebuilding processes killed too; steady load and a reader",
    "as F17",
    [
        Case("while one broker is killed", partial(rebuilt, f06_brokers.one)),
        Case("while all brokers are restarted", partial(rebuilt, f06_brokers.every), quick=False),
    ],
    setup=BROKERS,
)
