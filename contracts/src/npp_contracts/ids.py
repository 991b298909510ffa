"""Typed ids, codes and bounded values: everything a payload field may be made of."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, NewType
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

NATIONAL = "national"
"""The `force_id` of a fact that no force owns: programmes, national sessions."""

SANDBOX = "sandbox"
"""The `force_id` of what never happened: invented for who builds against a feed, in no record."""

LearnerId = NewType("LearnerId", UUID)
EnrolmentId = NewType("EnrolmentId", UUID)
AttemptId = NewType("AttemptId", UUID)
PortfolioId = NewType("PortfolioId", UUID)
EvidenceId = NewType("EvidenceId", UUID)
SessionId = NewType("SessionId", UUID)
PlaceId = NewType("PlaceId", UUID)
UploadId = NewType("UploadId", UUID)

_SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_CODE = r"^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$"

Slug = Annotated[str, StringConstraints(pattern=_SLUG, max_length=64)]
Code = Annotated[str, StringConstraints(pattern=_CODE, max_length=64)]
"""Upper-case or kebab, such as `NPP1` or `problem-solving`: chosen by an author, never typed in."""

# Forces are data with successors, so a slug and not a closed list.
ForceId = Slug
ProgrammeId = Slug
PartCode = Code
ModuleCode = Code
BlueprintCode = Code
FrameworkCode = Code
CriterionCode = Code

PersonId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_:|-]*$", max_length=128)
]
"""The opaque subject of a member of staff; dots and @ are refused, as in names and addresses."""

# Titles of courses and sessions; @ is refused so that no address can hide in one.
Title = Annotated[
    str, StringConstraints(pattern=r"^[^@\x00-\x1f\x7f]+$", min_length=1, max_length=200)
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

VersionNumber = Annotated[int, Field(ge=1, le=32_767)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Minutes = Annotated[int, Field(ge=0, le=10_080)]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is too close to the end of the calendar") from error


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with its offset; kept and published in UTC."""

Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, decimal_places=2),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
"""0 to 100 with at most two decimals; a number in JSON, a `Decimal` in Python."""
