"""Fixtures of several test files."""

from .tenancy import tenants, topics

__all__ = ["tenants", "topics"]
