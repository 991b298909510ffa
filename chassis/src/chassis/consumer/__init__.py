"""Events on their way in: exactly once, in order per key, nothing lost, bad ones set aside."""

from chassis.consumer.flow import Flow
from chassis.consumer.follow import follow
from chassis.consumer.received import Consumer, Received, Unreadable, validated
from chassis.consumer.runner import Runner
from chassis.consumer.store import PostgresStore, Store

__all__ = [
    "Consumer",
    "Flow",
    "PostgresStore",
    "Received",
    "Runner",
    "Store",
    "Unreadable",
    "follow",
    "validated",
]
