"""The force gateway: each force's own events, in one order, under pseudonyms of its own."""

from collections.abc import Sequence

from npp_contracts.catalogue import TOPICS
from reporting.feeds.feed import Feed

FEEDS: Sequence[Feed] = tuple(Feed(topic) for topic in TOPICS.values())
"""One consumer group for each internal topic."""
