"""The figures as JSON and CSV."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from chassis.http import Json
from reporting.api.answers import Answer, answers_of, meaning_of
from reporting.api.figures import FIGURES
from reporting.api.figures.reader import Choices
from reporting.api.sight import Sees
from reporting.domain.definitions import DEFINITIONS
from reporting.projections.completions import By, Period
from reporting.projections.way import Per

router = APIRouter(tags=["figures"])


async def _choices(
    period: Annotated[Period, Query(description="of module completions")] = "month",
    by: Annotated[By, Query(description="what module completions are counted by")] = "module",
    per: Annotated[Per, Query(description="what the funnel is counted by")] = "force",
    version: Annotated[
        int | None, Query(ge=1, le=9999, description="of the definition; none: what holds today")
    ] = None,
) -> Choices:
    return Choices(period, by, per, version)


Chosen = Annotated[Choices, Depends(_choices)]


@router.get("/figures")
async def get_figures(sight: Sees) -> Response:
    listed = [
        asdict(meaning_of(name, Choices()))
        | {"json": f"/figures/{name}.json", "csv": f"/figures/{name}.csv"}
        | {"versions": [asdict(each) for each in DEFINITIONS[name].values()]}
        for name in FIGURES
    ]
    return Json({"scope": sight.name, "figures": listed})


@router.get("/figures/{name}.csv-metadata.json")
async def get_figure_csv_metadata(
    name: str, request: Request, sight: Sees, choices: Chosen
) -> Response:
    """What stands beside the CSV, as CSV on the Web has it: RFC 4180 knows no comments."""
    answer = await answers_of(request.app).find(name, sight, choices)
    return Json(answer.csv_metadata(), headers=_headers(f'{answer.etag[:-1]}-csvm"'))


@router.get("/figures/{name}.json")
async def get_figure(name: str, request: Request, sight: Sees, choices: Chosen) -> Response:
    answer = await answers_of(request.app).find(name, sight, choices)
    if _is_known(request, answer.etag):
        return Response(status_code=304, headers=_headers(answer.etag))
    return Json(answer.document, headers=_headers(answer.etag))


@router.get("/figures/{name}.csv")
async def get_figure_csv(name: str, request: Request, sight: Sees, choices: Chosen) -> Response:
    return csv_answer(request, await answers_of(request.app).find(name, sight, choices))


def csv_answer(request: Request, answer: Answer) -> Response:
    """A figure as CSV; 304 for who has it."""
    name, scope = answer.document["id"], answer.document["scope"]
    tag = f'{answer.etag[:-1]}-csv"'
    if _is_known(request, tag):
        return Response(status_code=304, headers=_headers(tag))
    file = f"{name}-{scope}.csv"
    about = f"/figures/{name}.csv-metadata.json?version={answer.document['version']}"
    headers = _headers(tag) | {
        "Content-Disposition": f'attachment; filename="{file}"',
        "Link": f'<{about}>; rel="describedby"; type="application/csvm+json"',
    }
    return Response(answer.csv(), headers=headers, media_type="text/csv; charset=utf-8")


def _is_known(request: Request, tag: str) -> bool:
    return tag in request.headers.get("if-none-match", "")


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
