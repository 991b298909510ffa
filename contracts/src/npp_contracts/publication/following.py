"""Files that follow from the code: one command writes them, or only says which are stale."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def follow(
    command: str,
    about: str | None,
    arguments: Sequence[str] | None,
    files: Mapping[Path, str],
    there: Iterable[Path] = (),
) -> int:
    """Write what is not as it should be and delete the rest of `there`; 1 with --check if stale.

    command: as it is typed. arguments: of the command line, None for the process's own.
    """
    parser = ArgumentParser(prog=command, description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args(arguments).check
    stale = sorted(path for path in {*files, *there} if files.get(path) != _text(path))
    for path in stale:
        if check:
            sys.stdout.write(f"{path}: is not what the code says\n    mend: {command}\n")
        elif path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    return int(check and bool(stale))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
