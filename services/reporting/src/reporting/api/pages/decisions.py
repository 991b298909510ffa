"""What is decided on the pages: a return is opened, confirmed, corrected and published."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
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


@router.get(OPENING)
async def get_opening_page(frame: Framed) -> Response:
    return await frame.answer(_opening(frame, FormData(), {}))


@router.post(OPENING)
async def post_opening(frame: Framed, form: Form, run: Commands) -> Response:
    return await frame.answer(_open(frame, form, run))


@router.get(f"{_OF_A_VERSION}/confirmation")
async def get_confirmation_page(
    return_id: str, version: str, frame: Framed, query: Queries
) -> Response:
    return await frame.answer(_confirmation(frame, query, (return_id, version), {}))


@router.post(f"{_OF_A_VERSION}/confirmation")
async def post_confirmation(
    return_id: str, version: str, frame: Framed, form: Form, query: Queries, run: Commands
) -> Response:
    asked = return_id, version
    if form.get("declared") != "yes":
        lacking = {"declared": ERRORS["declared"]}
        return await frame.answer(_confirmation(frame, query, asked, lacking))
    return await frame.answer(_confirm(frame.actor, asked, run))


@router.get(f"{_OF_A_VERSION}/correction")
@router.get(f"{_OF_A_VERSION}/publication")
async def get_publishers_page(
    return_id: str, version: str, frame: Framed, query: Queries
) -> Response:
    return await frame.answer(_publishers(frame, query, (return_id, version), {}))


@router.post(f"{_OF_A_VERSION}/correction")
async def post_correction(
    return_id: str, version: str, frame: Framed, form: Form, query: Queries, run: Commands
) -> Response:
    asked = return_id, version
    try:
        said = Correction(reason=str(form.get("reason", "")))
    except ValidationError:
        return await frame.answer(
            _publishers(frame, query, asked, {"reason": ERRORS["reason"]}, form)
        )
    return await frame.answer(_correct(frame.actor, asked, said.reason, run))


@router.post(f"{_OF_A_VERSION}/publication")
async def post_publication(
    return_id: str, version: str, frame: Framed, form: Form, query: Queries, run: Commands
) -> Response:
    asked = return_id, version
    if form.get("known") != "yes":
        return await frame.answer(_publishers(frame, query, asked, {"known": ERRORS["known"]}))
    return await frame.answer(_publish(frame.actor, asked, run))


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


async def _confirmation(
    frame: Frame, query: QueryRunner, asked: tuple[str, str], errors: Errors
) -> Response:
    force_id = _signs_off(frame.actor)
    wanted, number = which(*asked)
    seeing = seeing_of(frame.actor)
    async with query() as connection:
        told, made = await version_told(connection, wanted, number, seeing)
        _expect_latest(told, number)
        figures = await documents(connection, wanted, number, seeing)
        if made["confirmed"]:
            raise AlreadyConfirmed
        changes = await since_confirmed(connection, wanted, number, seeing)
    where = f"/returns/{wanted}/versions/{number}"
    return frame.page(
        "confirmation.html",
        status=422 if errors else 200,
        errors=errors,
        told=told,
        made=made,
        force_id=force_id,
        figures=figures,
        panels=frozen_panels(figures, force_id, where, frame.language),
        lacks_staff=not figures["headline"]["denominator"]["value"],
        missing=[each for each in figures["data-quality"]["totals"] if each["found"]],
        changes=changes,
        most=MOST_DIFFERENCES,
    )


async def _confirm(actor: Actor, asked: tuple[str, str], run: CommandRunner) -> Response:
    force_id = _signs_off(actor)
    wanted, number = which(*asked)
    since = await run(confirm_return, ConfirmReturn(wanted, force_id, number))
    return _done(wanted, since, "confirmed")


async def _publishers(
    frame: Frame,
    query: QueryRunner,
    asked: tuple[str, str],
    errors: Errors,
    form: FormData | None = None,
) -> Response:
    _publisher(frame.actor)
    wanted, number = which(*asked)
    seeing = seeing_of(frame.actor)
    async with query() as connection:
        told, made = await version_told(connection, wanted, number, seeing)
    _expect_latest(told, number)
    if made["state"] is State.READING:
        raise StillReading
    content: dict[str, Any] = {"errors": errors, "told": told, "made": made}
    content |= {"forces": len(forces()), "status": 422 if errors else 200}
    if frame.request.url.path.endswith("/correction"):
        reason = "" if form is None else form.get("reason", "")
        return frame.page("correction.html", reason=reason, **content)
    if made["state"] is State.PUBLISHED:
        raise AlreadyPublished
    return frame.page("publication.html", **content)


async def _correct(
    actor: Actor, asked: tuple[str, str], reason: str, run: CommandRunner
) -> Response:
    _publisher(actor)
    wanted, number = which(*asked)
    made = await run(correct_return, CorrectReturn(wanted, reason, seen=number))
    return _done(wanted, made, "corrected")


async def _publish(actor: Actor, asked: tuple[str, str], run: CommandRunner) -> Response:
    _publisher(actor)
    wanted, number = which(*asked)
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
