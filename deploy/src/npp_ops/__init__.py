"""The npp command: local stack, topics, dead letters, simulator, checks."""
