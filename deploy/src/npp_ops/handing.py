"""Handing passwords over: once on the screen, or in files that only we can read."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from npp_ops.operating import print_json
from npp_ops.progress import OUTPUT
from npp_ops.tenants.errors import FolderNeeded


@dataclass(frozen=True, slots=True)
class Note:
    """What goes with a password. about: told either way. shown: on the screen, the password too.

    file: the name of its own file, and content what its holder's client reads there.
    """

    about: Mapping[str, str]
    shown: Mapping[str, str]
    file: str
    content: str


class Handed:
    """Takes passwords where they go: files of their own, or the screen, once.

    note: what goes with whose password.
    """

    def __init__(
        self, folder: Path | None, note: Callable[[str, str], Note], *, everyone: bool
    ) -> None:
        if everyone and folder is None:
            raise FolderNeeded(field="to")
        self._folder = folder
        self._note = note
        self._told: list[dict[str, str]] = []

    def __call__(self, passwords: Mapping[str, str]) -> None:
        """These, by whose they are, before they hold."""
        for whose, password in passwords.items():
            note = self._note(whose, password)
            if self._folder is None:
                more = note.shown
            else:
                more = {"file": str(_write_private(self._folder / note.file, note.content))}
            self._told.append({**note.about, **more})

    def tell(self, *, as_json: bool) -> None:
        """Where they went, or what they are."""
        if as_json:
            print_json(self._told)
            return
        for about in self._told:
            for name, value in about.items():
                OUTPUT.print(f"{name:9}{value}", highlight=False, markup=False, soft_wrap=True)


def _write_private(file: Path, content: str) -> Path:
    """A file, in a folder, that only we can read; the one before it is replaced."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(content)
    fresh.replace(file)
    return file
