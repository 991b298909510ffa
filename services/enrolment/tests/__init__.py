"""Enrolment's tests."""
