"""The dashboards' stylesheet: what is compiled, and what only services on gov.uk may have."""

import json
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from npp_ops.assets import SOURCE, TARGET, compile_styles


def test_the_components_are_there_without_the_typeface() -> None:
    styles = TARGET.read_text(encoding="utf-8")
    assert ".govuk-table__cell" in styles
    assert "@font-face" not in styles
    assert "GDS Transport" not in styles


def test_the_lock_names_hashes_and_no_addresses() -> None:
    packages = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    found = [each for name, each in packages.items() if name]
    assert all("integrity" in each and "resolved" not in each for each in found)


def test_what_does_not_compile_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    for each in SOURCE.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    (tmp_path / "govuk.scss").write_text('@use "nowhere";')
    target = tmp_path / "govuk.css"
    target.write_text("before")
    with pytest.raises(CalledProcessError):
        compile_styles(tmp_path, target)
    assert target.read_text() == "before"
