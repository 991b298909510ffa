"""Publishing a blueprint."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assessment.domain.blueprint import Blueprint, Item, validate
from assessment.domain.errors import BlueprintExists, BlueprintUnknown
from assessment.store.blueprints import find_blueprint, insert_blueprint
from chassis.work import Work
from npp_contracts.codes import Form
from npp_contracts.ids import BlueprintCode, PartCode, ProgrammeId, Title, VersionNumber

ItemCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
Option = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]


class Command(BaseModel):
    """What somebody asks for; an unknown field is refused, since it may be a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemOfForm(Command):
    item: ItemCode
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=10)]
    key: Option


Items = Annotated[tuple[ItemOfForm, ...], Field(min_length=1, max_length=200)]


class Forms(Command):
    A: Items
    B: Items


class PublishBlueprint(Command):
    """Two parallel forms for a part of a programme version."""

    code: BlueprintCode
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    title: Title
    pass_percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
    minutes: Annotated[int, Field(ge=1, le=480)]
    forms: Forms


async def publish_blueprint(work: Work, command: PublishBlueprint) -> tuple[Blueprint, bool]:
    """The blueprint, and whether it is new: saying the same twice changes nothing."""
    work.actor.require("assessment-author")
    blueprint = validate(_blueprint(command))
    if await insert_blueprint(work.session, blueprint, work.actor.person, work.now):
        return blueprint, True
    if await find_blueprint(work.session, command.code) != blueprint:
        raise BlueprintExists(field="code")
    return blueprint, False


async def blueprint_of(work: Work, code: str) -> Blueprint:
    blueprint = await find_blueprint(work.session, code)
    if blueprint is None:
        raise BlueprintUnknown(field="blueprint")
    return blueprint


def _blueprint(command: PublishBlueprint) -> Blueprint:
    fields = command.model_dump(exclude={"forms"})
    return Blueprint(
        **fields, forms={Form.A: _items(command.forms.A), Form.B: _items(command.forms.B)}
    )


def _items(items: Items) -> tuple[Item, ...]:
    return tuple(Item(each.item, each.options, each.key) for each in items)
