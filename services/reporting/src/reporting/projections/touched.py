"""Whom a batch was about: noted with it, and forgotten when they have been counted anew."""

from collections.abc import Sequence
from typing import Final

from chassis.projection import Statement

_KINDS: Final = {"force_id": "text"}


def touching(group: str, ids: Sequence[str]) -> Statement:
    """Note the ids of a batch, one row for all of them."""
    columns = ", ".join(ids)
    arrays = ", ".join(f"array_agg(DISTINCT {name})" for name in ids)
    return Statement(
        ", ".join(f"{name} {_KINDS.get(name, 'uuid')}" for name in ids),
        f"INSERT INTO tally_touched (consumer_group, {columns}) SELECT '{group}', {arrays} FROM fresh",  # noqa: S608, E501  our own words
    )
