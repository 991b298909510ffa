"""The HTTP API of portfolio."""
