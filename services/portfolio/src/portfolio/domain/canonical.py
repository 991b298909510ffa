"""One form of bytes for one meaning, so that equal content has an equal hash."""

import hashlib
import json
from typing import Any


def canonical(content: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; dates and ids must be text already."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256_of(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
