"""Applications that may send people here to sign in, with the only addresses they may return to."""

import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application; one with a secret must show it at the token endpoint."""

    client_id: str
    redirect_uris: tuple[str, ...]
    secret: str | None = None

    def allows(self, redirect_uri: str) -> bool:
        # Compared whole: a prefix or a wildcard here is how codes are stolen.
        return redirect_uri in self.redirect_uris

    def knows(self, secret: str | None) -> bool:
        return self.secret is None or hmac.compare_digest(self.secret, secret or "")

    def origins(self) -> list[str]:
        parts = [urlsplit(uri) for uri in self.redirect_uris]
        return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def write(file: Path, clients: list[Client]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump([asdict(client) for client in clients], output)


def read(file: Path) -> dict[str, Client]:
    entries = json.loads(file.read_text())
    clients = [
        Client(entry["client_id"], tuple(entry["redirect_uris"]), entry["secret"])
        for entry in entries
    ]
    return {client.client_id: client for client in clients}
