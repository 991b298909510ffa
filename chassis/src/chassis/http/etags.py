"""Versions of aggregates as strong ETags, and the If-Match that guards a change."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from chassis.errors import Malformed

_STRONG: Final = re.compile(r'"([1-9][0-9]{0,17}|0)"')


class IfMatchMalformed(Malformed):
    title = 'If-Match is one version in quotes, such as "3", or *'


def etag(version: int) -> str:
    """The ETag header's value for a version of an aggregate."""
    return f'"{version}"'


async def expected_version(
    if_match: Annotated[
        str | None, Header(description='The version that you last saw, such as "3".')
    ] = None,
) -> int | None:
    """The version the caller expects; None when any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _STRONG.fullmatch(if_match.strip())
    if found is None:
        raise IfMatchMalformed(field="If-Match")
    return int(found[1])


IfMatch = Annotated[int | None, Depends(expected_version)]
"""The version that If-Match names, or None; hand it to `work.get(..., version=...)`."""
