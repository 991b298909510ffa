"""Scheduled sessions, places and attendance."""
