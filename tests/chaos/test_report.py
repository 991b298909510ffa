"""The page says what failed and what was not run, and why."""

from dataclasses import replace
from pathlib import Path

from .arena import Arena
from .judge import FAILED, NOT_RUN, PASSED, Verdict
from .report import line, markdown, matrix, merged, save, table
from .row import Case, Row, Told
from .unprotected.catalogue import Without
from .unprotected.seen import seen


async def nothing(_arena: Arena) -> Told:
    return Told("nothing")


ROW = Row("F1", "kill -9 relay", "mid-send", "the lock", [Case("mid-send", nothing)])
GOOD = Verdict("F1", "mid-send", "killed", PASSED, 12.0, {"crashes": 1}, {"I1": [], "I4": []})
BAD = Verdict("F1", "after read", "killed", FAILED, 12.0, {}, {"I1": ["2 events are lost"]})
ABSENT = Verdict("F1", "disk full", "no file system of its own to fill", NOT_RUN)


def test_a_violation_is_on_the_page_in_words() -> None:
    page = markdown([ROW], [GOOD, BAD], {"command": "make chaos"}, {})
    assert "2 events are lost" in page
    assert "1 passed, 1 failed" in page
    assert "2 events are lost" in line(BAD)


def test_a_case_that_was_not_run_says_why() -> None:
    assert "no file system of its own to fill" in markdown([ROW], [ABSENT], {}, {})
    assert "no file system of its own to fill" in line(ABSENT)
    assert "1 not run" in table([ROW], [ABSENT])


def test_every_invariant_has_its_mark() -> None:
    _, _, good, bad = matrix([GOOD, BAD], {}).splitlines()
    assert good.startswith("| F1 | mid-send | – | ✓ | – | – | ✓ |")
    assert bad.startswith("| F1 | after read | – | **no** | –")


def test_a_case_that_holds_without_its_protection_is_on_the_page() -> None:
    without = Without("F1", "mid-send", "relaying.removed_when_read", "the removal's wait", ["I1"])
    fell = replace(GOOD, violations={"I1": ["3 events are lost"], "I4": []})
    bare = seen(without, fell)
    page = markdown([ROW], [GOOD], {}, {("F1", "mid-send"): bare})
    assert bare.failed
    assert "| I1 violated |" in page
    assert "3 events are lost" in page
    held = seen(without, replace(GOOD, violations={"I1": [], "I4": ["5 duplicates"]}))
    assert not held.failed
    assert not seen(without, fell, spoilt={"I1"}).failed
    assert "| **held** |" in markdown([ROW], [GOOD], {}, {("F1", "mid-send"): held})


def test_an_update_leaves_other_cases_as_they_stood(tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "faults.md"
    two = replace(ROW, cases=[*ROW.cases, Case("after read", nothing)])
    save([two], [GOOD, BAD], {}, results, page)
    mended = replace(BAD, status=PASSED, violations={"I1": []})
    assert merged([two], [mended], results) == [GOOD, mended]
    assert merged([ROW], [GOOD], results) == [GOOD]
