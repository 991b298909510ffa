"""Handing a password over: once on the screen, or in a file that only we can read."""

import os
from pathlib import Path

from npp_ops.operating import print_json
from npp_ops.progress import OUTPUT
from npp_ops.tenants.access import MECHANISMS, SHA_512, group_prefix_of, user_of
from npp_ops.tenants.errors import FolderNeeded
from npp_ops.tenants.verifying import Outside

_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


def client_properties(force_id: str, password: str, outside: Outside) -> str:
    """What a Kafka client of the force needs, as the Java one reads it."""
    login = f'{_MODULE} required username="{user_of(force_id)}" password="{password}";'
    settings = {
        "bootstrap.servers": outside.servers,
        "security.protocol": "SASL_SSL" if outside.tls else "SASL_PLAINTEXT",
        "sasl.mechanism": MECHANISMS[SHA_512],
        "sasl.jaas.config": login,
        "group.id": f"{group_prefix_of(force_id)}reader",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def write(folder: Path, force_id: str, content: str) -> Path:
    """A file of that force, for its owner's eyes only; the one before it is replaced."""
    return write_private(folder / f"{user_of(force_id)}.properties", content)


def write_private(file: Path, content: str) -> Path:
    """A file, in a folder, that only we can read; the one before it is replaced."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(content)
    fresh.replace(file)
    return file


class Handed:
    """Takes passwords where they go: files of their own, or the screen, once."""

    def __init__(self, folder: Path | None, outside: Outside, *, everyone: bool) -> None:
        if everyone and folder is None:
            raise FolderNeeded(field="to")
        self._folder = folder
        self._outside = outside
        self._told: list[dict[str, str]] = []

    def __call__(self, passwords: dict[str, str]) -> None:
        """These, by force, before they hold."""
        for force_id, password in passwords.items():
            about = {"force": force_id, "user": user_of(force_id)}
            if self._folder is None:
                about |= {"password": password, "servers": self._outside.servers}
            else:
                content = client_properties(force_id, password, self._outside)
                about["file"] = str(write(self._folder, force_id, content))
            self._told.append(about)

    def tell(self, *, as_json: bool) -> None:
        """Where they went, or what they are."""
        if as_json:
            print_json(self._told)
            return
        for about in self._told:
            for name, value in about.items():
                OUTPUT.print(f"{name:9}{value}", highlight=False, markup=False, soft_wrap=True)
