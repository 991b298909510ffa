"""Ports that are found free belong to who found them, bound or not, until that process ends."""

import subprocess
import sys

from npp_ops.ports import free_port, free_ports

TAKES = (
    "import sys; from npp_ops.ports import free_port; print(free_port(preferred={}), flush=True)"
)


def of_another_process(preferred: int) -> int:
    """What a process is given that would like a certain port, and ends."""
    command = [sys.executable, "-c", TAKES.format(preferred)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_no_two_are_the_same() -> None:
    assert len(set(free_ports(100))) == 100


def test_a_port_of_ours_is_nobody_elses_though_nothing_listens() -> None:
    assert of_another_process(mine := free_port()) != mine
    assert free_port(preferred=mine) == mine


def test_the_port_of_a_process_that_has_ended_is_free_again() -> None:
    theirs = of_another_process(28080)
    assert of_another_process(theirs) == theirs
