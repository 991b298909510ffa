"""The force gateway: each force's own events, in one order, under pseudonyms of its own."""

from reporting.feeds.feed import Feeds

FEEDS = Feeds()
