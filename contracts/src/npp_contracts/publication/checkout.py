"""Where the generated and the committed files of the contracts stand in a checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folders below the root of the repository."""

    root: Path

    @property
    def schemas(self) -> Path:
        return self.root / "contracts" / "schemas"

    @property
    def released(self) -> Path:
        return self.schemas / "released"

    @property
    def examples(self) -> Path:
        return self.root / "contracts" / "examples"

    @property
    def consumers(self) -> Path:
        return self.root / "contracts" / "consumers.json"

    @property
    def asyncapi(self) -> Path:
        return self.root / "docs" / "asyncapi.json"

    @property
    def pages(self) -> Path:
        return self.root / "docs" / "events.md"
