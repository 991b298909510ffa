"""The page of erasures: what a force owes, by its own pseudonyms, and a form to confirm it."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.http import Commands, Form, Queries
from chassis.http.commands import CommandRunner
from chassis.http.queries import QueryRunner
from reporting.api.pages.frame import Frame, Framed
from reporting.commands.erasures import ConfirmErasures, confirm_erasures, expect_confirmer
from reporting.domain.erasures import ErasureUnknown
from reporting.store import erasures

PATH: Final = "/erasures-due"
ERRORS: Final = {
    "pseudonym-1": "Choose at least one",
    "declared": "Say that your force has erased its own copies",
}
_SHOWN: Final = 100
"""Of either kind on a page; the rest follows once these are confirmed, and the API has all."""

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def get_erasures_page(frame: Framed, query: Queries) -> Response:
    return await frame.answer(_erasures(frame, query, {}, set()))


@router.post(PATH)
async def post_erasures(frame: Framed, form: Form, query: Queries, run: Commands) -> Response:
    chosen = [str(each) for each in form.getlist("pseudonym")]
    said = {"pseudonym-1": bool(chosen), "declared": form.get("declared") == "yes"}
    if wrong := {name: ERRORS[name] for name, there in said.items() if not there}:
        return await frame.answer(_erasures(frame, query, wrong, set(chosen)))
    return await frame.answer(_confirm(chosen, run))


async def _erasures(
    frame: Frame, query: QueryRunner, errors: dict[str, str], chosen: set[str]
) -> Response:
    expect_confirmer(query.actor)
    force_id = query.actor.force_id
    async with query() as connection:
        due = await erasures.told_to(connection, force_id, confirmed=False)
        confirmed = await erasures.told_to(connection, force_id, confirmed=True)
    return frame.page(
        "erasures.html",
        status=422 if errors else 200,
        errors=errors,
        chosen=chosen,
        force_id=force_id,
        due=due[:_SHOWN],
        more=max(0, len(due) - _SHOWN),
        confirmed=confirmed[:_SHOWN],
        today=now().date(),
        done=frame.request.query_params.get("done"),
    )


async def _confirm(chosen: list[str], run: CommandRunner) -> Response:
    expect_confirmer(run.actor)
    try:
        wanted = [UUID(each) for each in chosen]
    except ValueError as malformed:
        raise ErasureUnknown(field="pseudonym") from malformed
    await run(confirm_erasures, ConfirmErasures(wanted))
    return RedirectResponse(f"{PATH}?done=confirmed", 303)
