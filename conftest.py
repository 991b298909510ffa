"""Loads the fixtures that every suite shares: a real Kafka and a real PostgreSQL."""

from importlib.util import find_spec

pytest_plugins = ["npp_ops.testing"] if find_spec("npp_ops.testing") else []
