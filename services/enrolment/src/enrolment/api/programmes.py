"""Programme versions and headcounts."""

from typing import Any

from fastapi import APIRouter, Response

from chassis.http import Caller, Commands, Queries, etag
from enrolment.api.bodies import ProgrammeBody, WorkforceBody
from enrolment.api.callers import ADMINS, acting_force, sight
from enrolment.api.views import HeadcountView, edition_view
from enrolment.commands.programmes import ReportWorkforce, publish_programme, report_workforce
from enrolment.domain.errors import ProgrammeUnknown
from enrolment.store import reading

router = APIRouter(tags=["programme"])


@router.post("/programmes", status_code=201)
async def post_programme(
    run: Commands, actor: Caller, body: ProgrammeBody, response: Response
) -> dict[str, Any]:
    actor.require("national-admin")
    programme = await run(publish_programme, body.edition())
    response.headers["ETag"] = etag(programme.version)
    return edition_view(programme.edition(body.version) or programme.current)


@router.get("/programmes")
async def get_programmes(query: Queries) -> dict[str, Any]:
    """The current version of each programme."""
    async with query() as connection:
        catalogue = await reading.catalogue(connection)
    return {"items": [edition_view(each.current) for each in catalogue.programmes], "next": None}


@router.get("/programmes/{programme_id}/versions/{version}")
async def get_programme_version(query: Queries, programme_id: str, version: int) -> dict[str, Any]:
    async with query() as connection:
        programme = (await reading.catalogue(connection)).programme(programme_id)
    edition = programme.edition(version) if programme else None
    if edition is None:
        raise ProgrammeUnknown
    return edition_view(edition)


@router.post("/workforce", status_code=201)
async def post_workforce(
    run: Commands, actor: Caller, body: WorkforceBody, response: Response
) -> HeadcountView:
    actor.require(*ADMINS)
    force_id = acting_force(actor, body.force_id)
    command = ReportWorkforce(force_id, body.as_of, body.headcount, body.source)
    workforce = await run(report_workforce, command)
    response.headers["ETag"] = etag(workforce.version)
    return HeadcountView.of(workforce, body.as_of)


@router.get("/workforce")
async def get_workforce(query: Queries) -> dict[str, list[HeadcountView]]:
    """Every headcount in sight, by force and day, as revised."""
    async with query() as connection:
        found = await reading.workforces_of(connection, sight(query.actor))
    return {"items": [view for each in found for view in HeadcountView.all_of(each)]}
