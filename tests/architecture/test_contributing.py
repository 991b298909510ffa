"""The lists of CONTRIBUTING.md are true: each path exists for the example its section follows."""

import re
from pathlib import Path

import pytest

from npp_ops.checks.workspace import tracked_files

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
LISTED = [
    (heading, path)
    for heading, body in SECTIONS.items()
    for path in re.findall(r"^- `([^`]+)`", body, re.MULTILINE)
]
FILES = tracked_files(ROOT)


def expression(path: str) -> str:
    """A placeholder stands for one name, the same one wherever the path repeats it."""
    found = ""
    for number, part in enumerate(re.split(r"<(\w+)>", path)):
        if number % 2 == 0:
            found += re.escape(part)
        else:
            found += f"(?P={part})" if f"<{part}>" in found else f"(?P<{part}>[^/]+)"
    return found if Path(path).suffix else rf"{found}(\.py|/.+\.py)"


def spellings(section: str) -> list[str]:
    """The names that the section tells to follow, as code and as file names spell them."""
    follow = re.search(r"^Follow (.+?)\.", SECTIONS[section], re.MULTILINE)
    assert follow, f"`{section}` names no example: begin it with: Follow `name`."
    names = re.findall(r"`(\w+)`", follow[1])
    return names + [re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in names]


def test_the_page_has_every_list() -> None:
    assert {"Add an event", "Add a command", "Add a read model", "Add a service"} <= set(SECTIONS)
    assert {heading for heading, _ in LISTED} == set(SECTIONS)


@pytest.mark.parametrize(("section", "path"), LISTED)
def test_each_listed_file_exists_for_the_example(section: str, path: str) -> None:
    names = spellings(section)
    matching = [name for name in FILES if re.fullmatch(expression(path), name)]

    assert any(
        word in name or word in (ROOT / name).read_text() for name in matching for word in names
    ), f"CONTRIBUTING.md, {section}: no {path} speaks of {' or '.join(names)}"
