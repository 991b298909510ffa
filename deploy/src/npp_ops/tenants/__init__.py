"""Tenants of the brokers: each force's user, what it may read, and proof of what it may not."""
