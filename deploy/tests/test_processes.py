"""Processes are stopped by pid and creation time, and never linger or vanish silently."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from npp_ops.processes import Process, ProcessDied, start, stop_all

SLEEPS = [sys.executable, "-uc", "import time; print('up'); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-uc",
    "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print('up'); time.sleep(60)",
]

# Its first thread has ended, so the kernel calls it a zombie; its second still holds its ports.
HEADLESS = [sys.executable, "-uc"]
HEADLESS += [
    """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start(); print('up')
ctypes.CDLL(None).pthread_exit(None)
"""
]


def begin(tmp_path: Path, command: list[str]) -> Process:
    process = start("sample", command, tmp_path / "sample.log")
    process.wait_until(lambda: "up" in process.log_tail(), seconds=20, what="first line")
    return process


def test_process_that_listens_stops_at_once(tmp_path: Path) -> None:
    process = begin(tmp_path, SLEEPS)
    assert (process.stop(patience=20), process.alive()) == (True, False)


def test_process_lives_until_its_last_thread_has_ended(tmp_path: Path) -> None:
    process = begin(tmp_path, HEADLESS)
    process.wait_until(
        lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE,
        seconds=20,
        what="a first thread that has ended",
    )
    assert process.alive()
    process.stop(patience=0)
    assert not process.alive()


def test_process_that_does_not_listen_is_killed_and_reported(tmp_path: Path) -> None:
    deaf, listening = begin(tmp_path, STUBBORN), begin(tmp_path, SLEEPS)
    late = stop_all([deaf, listening], patience=0.5)
    assert (late, deaf.alive(), listening.alive()) == ([deaf], False, False)


def test_another_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    process = begin(tmp_path, SLEEPS)
    earlier = replace(process, created=process.created - 100)
    try:
        assert (earlier.stop(), earlier.alive(), process.alive()) == (True, False, True)
    finally:
        process.stop()


def test_death_while_waiting_tells_the_end_of_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no database')"]
    process = start("sample", command, tmp_path / "sample.log")
    with pytest.raises(ProcessDied, match="sample ended before readiness:\nno database"):
        process.wait_until(lambda: False, seconds=20, what="readiness")


def test_process_leads_a_group_of_its_own(tmp_path: Path) -> None:
    process = begin(tmp_path, SLEEPS)
    try:
        assert os.getpgid(process.pid) == process.pid != os.getpgrp()
    finally:
        process.stop()
