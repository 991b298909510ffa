"""A version of a return as panels: what is frozen, in the templates of what is live."""

from collections.abc import Mapping
from typing import Final

from reporting.api.figures.reader import Choices, Document
from reporting.api.pages.language import Language
from reporting.api.pages.panels import rendered
from reporting.api.pages.plan import FORCE, Panel
from reporting.api.pages.view import Looks, View
from reporting.api.sight import Sight

_PANELS: Final = (
    *FORCE.panels,
    *(Panel(each, each) for each in ("enrolments", "parts", "portfolios")),
)


def frozen_panels(
    figures: Mapping[str, Document], force_id: str, where: str, language: Language
) -> dict[str, str]:
    """By the id of its section each panel of a force's own figures; where: these are as JSON."""
    looks, view = Looks(Sight(force_id, exact=True)), View(Choices(), "force", descending=False)
    return {
        each.id: rendered(each, figures[each.figure], looks, view, language, frozen=where)
        for each in _PANELS
        if each.figure in figures
    }
