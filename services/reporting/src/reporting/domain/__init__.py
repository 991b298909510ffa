"""The rules of the figures: what they mean, how they are computed, what must not be shown."""
