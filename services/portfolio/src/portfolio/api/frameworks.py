"""/frameworks: what a portfolio has to show, version by version."""

from typing import Annotated

from fastapi import APIRouter, Path

from chassis.errors import NotFound
from chassis.http import Commands, Json, Queries
from portfolio import store
from portfolio.api.answers import FrameworkAnswer
from portfolio.commands import PublishFramework, publish_framework
from portfolio.domain.framework import Framework

router = APIRouter(tags=["frameworks"])

Version = Annotated[int, Path(ge=1, le=32_767)]


@router.post("/frameworks", status_code=201, response_model=FrameworkAnswer)
async def post_framework(body: PublishFramework, run: Commands) -> Json:
    framework = await run(publish_framework, body)
    return Json(_answer(framework), status_code=201)


@router.get("/frameworks/{code}/versions/{version}", response_model=FrameworkAnswer)
async def get_framework(code: str, version: Version, query: Queries) -> Json:
    async with query() as connection:
        framework = await store.framework_of(connection, code, version)
    if framework is None:
        raise NotFound("no such framework version", field="code")
    return Json(_answer(framework))


def _answer(framework: Framework) -> dict[str, object]:
    return {name: getattr(framework, name) for name in FrameworkAnswer.model_fields}
