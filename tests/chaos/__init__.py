"""Faults against real processes, a real broker and a real PostgreSQL: `make chaos`."""
