"""An environment made from one service has no other service in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from npp_ops.checks.lock import closure, pins
from npp_ops.checks.workspace import services, tool

ROOT = Path(__file__).parents[2]
OTHERS = ["assessment", "portfolio", "events", "reporting", "npp_ops"]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment: enrolment, and its part of the lock."""
    folder = tmp_path_factory.mktemp("enrolment")
    needed = closure(["npp-enrolment"])
    lock = pins((ROOT / "requirements.lock").read_text())
    (folder / "lock.txt").write_text("".join(lock[name] for name in sorted(needed & set(lock))))
    for package in ("contracts", "chassis", "services/enrolment"):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=ROOT / package, check=True)
    python = folder / "venv/bin/python"
    uv = tool("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*install, "--require-hashes", "-r", str(folder / "lock.txt")], check=True)
    subprocess.run([*install, "--no-deps", *map(str, folder.glob("*.whl"))], check=True)
    return python


def imports(python: Path, module: str) -> str:
    """What Python says when it imports a module, with nothing but its environment in sight."""
    command = [str(python), "-I", "-c", f"import {module}"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize("module", ["enrolment", "enrolment.app", "chassis.service"])
def test_what_the_service_needs_is_there(python: Path, module: str) -> None:
    assert imports(python, module) == ""


@pytest.mark.parametrize("module", OTHERS)
def test_no_other_service_is_there(python: Path, module: str) -> None:
    assert imports(python, module) == f"ModuleNotFoundError: No module named '{module}'"


def test_the_list_of_others_is_complete() -> None:
    assert {"enrolment", *OTHERS} == {*services(ROOT), "npp_ops"}
