"""A service small enough to hold in the head, to show the chassis at work."""
