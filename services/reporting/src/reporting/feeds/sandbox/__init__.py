"""The sandbox's feed: traffic that is invented, steadily, for who builds against a feed."""
