"""Routes of blueprints: authors publish them, everybody may know that they exist."""

from fastapi import APIRouter, Response

from assessment.api.views import BlueprintView
from assessment.commands.blueprints import PublishBlueprint, publish_blueprint
from assessment.domain.errors import BlueprintUnknown
from assessment.store.blueprints import find_blueprint
from chassis.http import Commands, Queries

router = APIRouter(prefix="/blueprints", tags=["blueprints"])


@router.post("", status_code=201, responses={200: {"description": "Published before, the same."}})
async def publish(body: PublishBlueprint, run: Commands, response: Response) -> BlueprintView:
    blueprint, new = await run(publish_blueprint, body)
    response.status_code = 201 if new else 200
    return BlueprintView.of(blueprint, with_keys=True)


@router.get("/{code}")
async def show(code: str, query: Queries) -> BlueprintView:
    async with query() as connection:
        blueprint = await find_blueprint(connection, code)
    if blueprint is None:
        raise BlueprintUnknown(field="code")
    return BlueprintView.of(blueprint, with_keys="assessment-author" in query.actor.roles)
