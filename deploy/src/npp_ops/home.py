"""Where the local stack keeps its state: one ignored folder, or the one that NPP_HOME names."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def _default() -> Path:
    inside_checkout = (CHECKOUT / "deploy" / "pyproject.toml").exists()
    return (CHECKOUT if inside_checkout else Path.cwd()) / ".npp"


# What a stack keeps in its folder; others may keep things beside it.
OWN = ("stack.json", "logs", "kafka", "postgres", "issuer", "demo.json")


@dataclass(frozen=True, slots=True)
class Home:
    """One stack's folder; only the jars are shared by all stacks of a checkout."""

    root: Path
    cache: Path

    @classmethod
    def from_environment(cls) -> "Home":
        root = Path(os.environ.get("NPP_HOME") or _default()).resolve()
        return cls(root, cls.shared_cache())

    @staticmethod
    def shared_cache() -> Path:
        return Path(os.environ.get("NPP_CACHE") or _default() / "cache").resolve()

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def record(self) -> Path:
        return self.root / "stack.json"

    def make(self) -> None:
        for folder in (self.root, self.logs, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
