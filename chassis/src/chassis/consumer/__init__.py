"""Events on their way in: exactly once, in order per key, nothing lost, bad ones set aside."""

from chassis.consumer.flow import Flow
from chassis.consumer.received import Consumer, Received, Unreadable
from chassis.consumer.runner import Runner

__all__ = ["Consumer", "Flow", "Received", "Runner", "Unreadable"]
