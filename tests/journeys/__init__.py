"""Journeys through all services as real processes."""
