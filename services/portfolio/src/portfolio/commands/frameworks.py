"""Publishing a framework, which opens the portfolios that have waited for it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chassis.errors import Forbidden
from chassis.work import Work
from npp_contracts.ids import (
    CriterionCode,
    FrameworkCode,
    PartCode,
    ProgrammeId,
    Title,
    VersionNumber,
)
from portfolio import store
from portfolio.commands.enrolments import settle
from portfolio.domain.framework import Framework, publish


class CriterionToPublish(BaseModel):
    """A criterion as its author gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: CriterionCode
    title: Title


class PublishFramework(BaseModel):
    """A framework version for a part of a programme, for all forces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: FrameworkCode
    version: VersionNumber
    programme_id: ProgrammeId
    part: PartCode
    criteria: Annotated[list[CriterionToPublish], Field(min_length=1, max_length=200)]


async def publish_framework(work: Work, command: PublishFramework) -> Framework:
    work.actor.require("national-admin")
    if not work.actor.national:
        raise Forbidden("a framework is published for all forces")
    await store.exclusively(work.session)
    known = await store.framework_of(work.session, command.code, command.version)
    framework = publish(Framework(**command.model_dump(), published_at=work.now), known)
    if known is None:
        work.session.add(framework)
        await work.flush()
        part = command.programme_id, [command.part]
        await settle(work, await store.enrolments_of_part(work.session, *part))
    return framework
