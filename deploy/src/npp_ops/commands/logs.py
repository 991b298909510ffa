"""npp logs."""

import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from npp_ops.home import Home
from npp_ops.progress import ERRORS


def register(app: typer.Typer) -> None:
    app.command()(logs)


def logs(
    part: Annotated[str | None, typer.Argument(help="a service or server; all without it")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as lines come")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="how many of the last")] = 50,
) -> None:
    """Show the end of the logs."""
    folder = Home.from_environment().logs
    files = sorted(folder.glob(f"{part or '*'}*.log"))
    if not files:
        ERRORS.print(f"no log {'of ' + part if part else 'yet'} in {folder}")
        raise typer.Exit(1)
    ends = {file: _last(file, lines, named=len(files) > 1) for file in files}
    while follow:
        time.sleep(0.2)
        for file, end in ends.items():
            ends[file] = _since(file, end, named=len(files) > 1)


def _last(file: Path, count: int, *, named: bool) -> int:
    with file.open(errors="replace") as text:
        for line in deque(text, maxlen=count):
            _show(file, line, named=named)
        return text.tell()


def _since(file: Path, position: int, *, named: bool) -> int:
    with file.open(errors="replace") as text:
        text.seek(position)
        while line := text.readline():
            _show(file, line, named=named)
        return text.tell()


def _show(file: Path, line: str, *, named: bool) -> None:
    typer.echo(f"{file.stem}: {line}" if named else line, nl=False)
