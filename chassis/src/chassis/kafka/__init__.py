"""The only package that knows the Kafka client: publish in order, subscribe safely."""

# FastStream's and aiokafka's defaults lose data (auto-commit while the handler runs, acks=1, no
# idempotence, start at the latest offset, topics made on demand); every one is overridden here.

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from chassis.kafka.client import outlive_resets
from chassis.kafka.presence import Presence
from chassis.kafka.publisher import Publisher, Sendable
from chassis.kafka.reading import Reader, reading
from chassis.kafka.record import Batch, Place, Record
from chassis.kafka.subscriber import Source, Subscription, subscriptions, whole

__all__ = [
    "Batch",
    "KafkaBroker",
    "KafkaError",
    "Place",
    "Presence",
    "Publisher",
    "Reader",
    "Record",
    "Sendable",
    "Source",
    "Subscription",
    "reading",
    "subscriptions",
    "whole",
]

outlive_resets()
