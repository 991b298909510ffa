"""Loads the fixtures that every suite shares: a real Kafka and a real PostgreSQL."""

pytest_plugins = ["npp_ops.testing"]
