"""Loads the fixtures that every suite shares, a real Kafka and a real PostgreSQL; long first."""

import pytest

pytest_plugins = ["npp_ops.testing"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: begun last, one would keep a single process at work."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
