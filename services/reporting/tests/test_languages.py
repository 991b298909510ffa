"""Both languages say everything, and the same thing."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files

import pytest

from chassis.errors import Refusal
from npp_contracts.codes import SessionKind
from reporting.api.figures.people import TRAINING
from reporting.api.figures.quality import OF_FILES, OF_NATION, OF_PEOPLE, OF_THINGS
from reporting.api.pages import decisions, erasures
from reporting.api.pages.frame import SAID
from reporting.api.pages.language import catalogue, meaning
from reporting.api.pages.links import NOT_TAKEN
from reporting.api.pages.panels import templates
from reporting.api.pages.plan import PAGES
from reporting.api.pages.tiles import PLACES
from reporting.api.pages.wording import AGO, MONTHS, Wording
from reporting.domain.definitions import DEFINITIONS
from reporting.domain.errors import DayToCome, ReturnOpened
from reporting.domain.forces import forces
from reporting.domain.improvement import Pairs, measure
from reporting.domain.links import TooManyCsvLinks
from reporting.domain.returns import FIRST, LATE, SETS, State
from reporting.domain.webhooks import Outcome
from reporting.projections import PROJECTIONS
from reporting.projections.history import TOPICS
from reporting.projections.portfolios import STATES
from reporting.projections.way import STEPS

REFUSALS: tuple[type[Refusal], ...] = (*SAID, DayToCome, ReturnOpened)
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\}|%%")


def in_templates() -> Iterator[str]:
    environment = templates("en")
    for name in environment.list_templates(extensions=["html"]):
        source = (files("reporting.api.pages") / "templates" / name).read_text(encoding="utf-8")
        for _, _, message in environment.extract_translations(source):  # type: ignore[attr-defined]
            yield message if isinstance(message, str) else message[0]


def as_words() -> Iterator[str]:
    codes = [*STEPS, *STATES, *TRAINING, *SessionKind, *State, *Outcome]
    codes += ["active", "disabled", "waiting", "delivered", "given-up"]
    codes += ["asked", "gone", "not-answering", "workforce-return"]
    codes += [each.group.removeprefix("reporting.") for each in PROJECTIONS]
    codes += [each.split(".")[-1] for each in TOPICS]
    words = Wording("en").words
    return (words(each) for each in codes)


def said() -> set[str]:
    return {
        *in_templates(),
        *as_words(),
        *AGO,
        *MONTHS,
        *(each for page in PAGES.values() for each in (page.title, page.about)),
        *("Returns", "Deliveries", "Erasures", "National", "All forces", FIRST, LATE),
        *(each.title for each in SETS.values()),
        *(each.title for each in REFUSALS),
        *decisions.ERRORS.values(),
        *erasures.ERRORS.values(),
        *OF_PEOPLE.values(),
        *OF_THINGS.values(),
        *OF_FILES.values(),
        *OF_NATION.values(),
        *(NOT_TAKEN, TooManyCsvLinks.title),
        *reasons(),
    }


def reasons() -> Iterator[str]:
    """Why an improvement is undefined."""
    for pairs in ([], [Pairs(0, 0, 1)], [Pairs(100, 100, 1)]):
        yield from measure(pairs).undefined


def test_everything_that_is_said_is_said_in_welsh() -> None:
    assert sorted(said() - catalogue("cy").keys()) == []


def test_nothing_is_in_welsh_that_is_not_said() -> None:
    assert sorted(catalogue("cy").keys() - said()) == []


def test_both_languages_fill_in_the_same() -> None:
    for english, welsh in catalogue("cy").items():
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(welsh)), english


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_definition_is_there_in_both_languages(name: str) -> None:
    for definition in DEFINITIONS[name].values():
        english = asdict(definition)
        welsh = meaning("cy", english)
        for field, words in english.items():
            if isinstance(words, str) and field != "id":
                assert bool(welsh[field]) is bool(words), field
                if words:
                    assert welsh[field] != words
        assert all(str(number) in welsh["words"] for number in definition.rule.values())


def test_a_welsh_force_has_its_own_name_in_welsh_and_others_keep_theirs() -> None:
    welsh = Wording("cy")
    assert [welsh.force(each) for each in ("gwent", "kent", "national")] == [
        "Heddlu Gwent",
        "Kent Police",
        "Cenedlaethol",
    ]
    assert welsh.ago(3 * 3600) == "3 awr yn ôl"


def test_every_force_has_a_tile_of_its_own() -> None:
    assert PLACES.keys() == forces().keys()
    letters, places = zip(*((each[0], each[1:]) for each in PLACES.values()), strict=True)
    assert len(set(letters)) == len(set(places)) == 43
