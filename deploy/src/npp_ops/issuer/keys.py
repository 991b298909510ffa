"""The issuer's signing key: made once, kept in the stack's folder."""

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey

ALGORITHM = "ES256"


def load_or_make(file: Path) -> ECKey:
    """The key in the file; a new one is written there, for its owner's eyes only."""
    if file.exists():
        return ECKey.import_key(json.loads(file.read_text()))
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        json.dump(key.as_dict(private=True), output)
    return key
