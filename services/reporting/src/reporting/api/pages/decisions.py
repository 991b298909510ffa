"""What is decided on the pages: a return is opened, confirmed, corrected and published."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chassis.auth import Actor
from chassis.http import Commands, Form, Queries
from chassis.http.commands import CommandRunner
from chassis.http.queries import QueryRunner
from reporting.api.pages.frame import Frame, Framed
from reporting.api.pages.frozen import frozen_panels
from reporting.api.pages.returns import MOST_DIFFERENCES, version_told, which
from reporting.api.returns.routes import Correction, Opening
from reporting.api.returns.seeing import seeing_of
from reporting.api.returns.telling import documents, since_confirmed
from reporting.commands.returns import (
    PUBLISHER,
    SIGNOFF,
    ConfirmReturn,
    CorrectReturn,
    OpenReturn,
    PublishReturn,
    confirm_return,
    correct_return,
    open_return,
    publish_return,
)
from reporting.domain.errors import (
    AlreadyConfirmed,
    AlreadyPublished,
    ConfirmingForAnother,
    DayToCome,
    OnlyPublisher,
    OnlySignOff,
    ReturnOpened,
    StillReading,
    VersionSuperseded,
)
from reporting.domain.forces import forces
from reporting.domain.returns import State

router = APIRouter(include_in_schema=False)
OPENING: Final = "/national-returns/opening"
_OF_A_VERSION: Final = "/national-returns/{return_id}/versions/{version}"
# What a form lacks, by field, as it is said to who has filled it in.
ERRORS: Final = {
    "declared": "Say that you have checked the figures",
    "known": "Say that you know which forces have not confirmed",
    "period": "Write the period in small letters, digits and hyphens, such as 2026-q2",
    "as_of": "Write a day that there is, such as 30 6 2026",
    "reason": "Say why, in at most 500 letters",
}

Errors = dict[str, str]
"""By field what is wrong with it."""


@dataclass(frozen=True, slots=True)
class At:
    """A page of a version, and who is on it."""

    frame: Frame
    query: QueryRunner
    asked: tuple[str, str]

    @property
    def wanted(self) -> tuple[UUID, int]:
        """Raises ReturnUnknown."""
        return which(*self.asked)


async def _at(return_id: str, version: str, frame: Framed, query: Queries) -> At:
    return At(frame, query, (return_id, version))


Here = Annotated[At, Depends(_at)]


@router.get(OPENING)
async def get_opening_page(frame: Framed) -> Response:
    return await frame.answer(_opening(frame, FormData(), {}))


@router.post(OPENING)
async def post_opening(frame: Framed, form: Form, run: Commands) -> Response:
    return await frame.answer(_open(frame, form, run))


@router.get(f"{_OF_A_VERSION}/confirmation")
async def get_confirmation_page(at: Here) -> Response:
    return await at.frame.answer(_confirmation(at, {}))


@router.post(f"{_OF_A_VERSION}/confirmation")
async def post_confirmation(at: Here, form: Form, run: Commands) -> Response:
    if form.get("declared") != "yes":
        lacking = {"declared": ERRORS["declared"]}
        return await at.frame.answer(_confirmation(at, lacking))
    return await at.frame.answer(_confirm(at, run))


@router.get(f"{_OF_A_VERSION}/correction")
async def get_correction_page(at: Here) -> Response:
    return await at.frame.answer(_publishers(at, "correction.html", {}, reason=""))


@router.post(f"{_OF_A_VERSION}/correction")
async def post_correction(at: Here, form: Form, run: Commands) -> Response:
    reason = form.get("reason", "")
    try:
        said = Correction.model_validate({"reason": reason})
    except ValidationError:
        lacking = {"reason": ERRORS["reason"]}
        return await at.frame.answer(_publishers(at, "correction.html", lacking, reason=reason))
    return await at.frame.answer(_correct(at, said.reason, run))


@router.get(f"{_OF_A_VERSION}/publication")
async def get_publication_page(at: Here) -> Response:
    return await at.frame.answer(_publishers(at, "publication.html", {}))


@router.post(f"{_OF_A_VERSION}/publication")
async def post_publication(at: Here, form: Form, run: Commands) -> Response:
    if form.get("known") != "yes":
        lacking = {"known": ERRORS["known"]}
        return await at.frame.answer(_publishers(at, "publication.html", lacking))
    return await at.frame.answer(_publish(at, run))


async def _opening(frame: Frame, form: FormData, errors: Errors, status: int = 422) -> Response:
    _publisher(frame.actor)
    filled = {name: form.get(name, "") for name in ("period", "day", "month", "year")}
    return frame.page(
        "opening.html", status=status if errors else 200, errors=errors, filled=filled
    )


async def _open(frame: Frame, form: FormData, run: CommandRunner) -> Response:
    _publisher(frame.actor)
    year, month, day = (str(form.get(name, "")).strip() for name in ("year", "month", "day"))
    as_of = f"{year:0>4}-{month:0>2}-{day:0>2}"
    try:
        said = Opening.model_validate({"period": form.get("period", ""), "as_of": as_of})
    except ValidationError as wrong:
        fields = {str(each["loc"][0]) for each in wrong.errors()}
        return await _opening(frame, form, {each: ERRORS[each] for each in sorted(fields)})
    try:
        made = await run(open_return, OpenReturn(said.set, said.period, said.as_of))
    except (DayToCome, ReturnOpened) as refused:
        errors = {refused.field or "period": refused.title}
        return await _opening(frame, form, errors, refused.status)
    return _done(made, 1, "opened")


async def _confirmation(at: At, errors: Errors) -> Response:
    force_id = _signs_off(at.frame.actor)
    wanted, number = at.wanted
    seeing = seeing_of(at.frame.actor)
    async with at.query() as connection:
        told, made = await version_told(connection, wanted, number, seeing)
        _expect_latest(told, number)
        figures = await documents(connection, wanted, number, seeing)
        if made["confirmed"]:
            raise AlreadyConfirmed
        changes = await since_confirmed(connection, wanted, number, seeing)
    where = f"/returns/{wanted}/versions/{number}"
    return at.frame.page(
        "confirmation.html",
        status=422 if errors else 200,
        errors=errors,
        told=told,
        made=made,
        force_id=force_id,
        figures=figures,
        panels=frozen_panels(figures, force_id, where, at.frame.language),
        lacks_staff=not figures["headline"]["denominator"]["value"],
        missing=[each for each in figures["data-quality"]["totals"] if each["found"]],
        changes=changes,
        most=MOST_DIFFERENCES,
    )


async def _confirm(at: At, run: CommandRunner) -> Response:
    force_id = _signs_off(at.frame.actor)
    wanted, number = at.wanted
    since = await run(confirm_return, ConfirmReturn(wanted, force_id, number))
    return _done(wanted, since, "confirmed")


async def _publishers(at: At, template: str, errors: Errors, **content: Any) -> Response:
    _publisher(at.frame.actor)
    wanted, number = at.wanted
    async with at.query() as connection:
        told, made = await version_told(connection, wanted, number, seeing_of(at.frame.actor))
    _expect_latest(told, number)
    if made["state"] is State.READING:
        raise StillReading
    if made["state"] is State.PUBLISHED and template == "publication.html":
        raise AlreadyPublished
    content |= {"errors": errors, "told": told, "made": made, "forces": len(forces())}
    return at.frame.page(template, status=422 if errors else 200, **content)


async def _correct(at: At, reason: str, run: CommandRunner) -> Response:
    _publisher(at.frame.actor)
    wanted, number = at.wanted
    made = await run(correct_return, CorrectReturn(wanted, reason, seen=number))
    return _done(wanted, made, "corrected")


async def _publish(at: At, run: CommandRunner) -> Response:
    _publisher(at.frame.actor)
    wanted, number = at.wanted
    await run(publish_return, PublishReturn(wanted, number))
    return _done(wanted, number, "published")


def _done(return_id: UUID, version: int, what: str) -> Response:
    # A page that is fetched: to load it again sends nothing again.
    return RedirectResponse(f"/national-returns/{return_id}/versions/{version}?done={what}", 303)


def _signs_off(actor: Actor) -> str:
    if SIGNOFF not in actor.roles:
        raise OnlySignOff
    if actor.force_id not in forces():
        raise ConfirmingForAnother
    return actor.force_id


def _publisher(actor: Actor) -> None:
    if PUBLISHER not in actor.roles or not actor.national:
        raise OnlyPublisher


def _expect_latest(told: dict[str, Any], number: int) -> None:
    latest = told["versions"][-1]["version"]
    if number != latest:
        raise VersionSuperseded(field="version", rule="latest", latest=latest)
