"""The dashboards: pages of figures, each at its address, and one for each force."""

from fastapi import APIRouter
from starlette.responses import Response

from reporting.api.answers import answers_of
from reporting.api.pages.frame import Frame, Framed
from reporting.api.pages.panels import panel
from reporting.api.pages.plan import FORCE, FRESH, PAGES, Page, Panel, home
from reporting.api.pages.view import View, ViewOf, looks_at
from reporting.api.sight import sight_of

router = APIRouter(include_in_schema=False)


@router.get("/")
async def get_dashboard(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view))


@router.get("/forces/{force_id}")
async def get_force_page(force_id: str, frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, FORCE, force_id))


@router.get("/programme")
async def get_programme_page(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, PAGES["programme"]))


@router.get("/portfolio-pipeline")
async def get_portfolios_page(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, PAGES["portfolios"]))


@router.get("/assessment")
async def get_assessment_page(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, PAGES["assessment"]))


@router.get("/sessions")
async def get_sessions_page(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, PAGES["sessions"]))


@router.get("/data-quality")
async def get_data_quality_page(frame: Framed, view: ViewOf) -> Response:
    return await frame.answer(_dashboard(frame, view, PAGES["quality"]))


@router.get("/accessibility")
async def get_accessibility_page(frame: Framed) -> Response:
    return frame.page("accessibility.html")


async def _dashboard(
    frame: Frame, view: View, page: Page | None = None, force_id: str | None = None
) -> Response:
    page = page or home(sight_of(frame.actor))
    looks = looks_at(frame.actor, force_id)
    view = view.seen_by(looks.sight)
    answers = answers_of(frame.request.app)
    current = await answers.version(looks.sight.force, None)

    async def made(each: Panel) -> str:
        answer = await answers.find(each.figure, looks.sight, view.of(each), current)
        return panel(each, answer, looks, view, frame.language)

    return frame.page(
        "dashboard.html",
        about=page,
        looks=looks,
        stream=view.link(**_streamed(frame, page, force_id)),
        fresh=await made(FRESH),
        panels={each.id: await made(each) for each in page.seen(only=looks.only is not None)},
    )


def _streamed(frame: Frame, page: Page, force_id: str | None) -> dict[str, str]:
    asked = {"as": "html", "page": page.name, "lang": frame.language}
    return asked if force_id is None else asked | {"force": force_id}
