"""What a load came to: its rates, the services' memory, and the plan's three numbers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from npp_ops.simulate.load.client import Sent
from npp_ops.simulate.load.run import Rate
from npp_ops.simulate.plan.plan import Plan
from npp_ops.stack import Stack


@dataclass(frozen=True, slots=True)
class Loaded:
    """One load of a plan, finished."""

    seconds: float
    people: int
    online_completions: int
    requests: int
    requests_per_second: float
    retries: int
    reads: int
    megabytes: float
    rates: Mapping[str, Mapping[str, float]]
    resident_mib: Mapping[str, int]

    @classmethod
    def of(
        cls,
        plan: Plan,
        rates: Mapping[str, Rate],
        sent: Sent,
        memory: Mapping[str, int],
        *,
        seconds: float,
    ) -> Self:
        shown = {
            what: {
                "things": rate.things,
                "seconds": round(rate.seconds, 1),
                "per_second": round(rate.per_second, 1),
            }
            for what, rate in rates.items()
        }
        return cls(
            round(seconds, 1),
            len(plan.people),
            len(plan.completions),
            sent.requests,
            round(sent.requests / seconds, 1),
            sent.retries,
            sent.reads,
            round(sent.bytes / 1e6, 1),
            shown,
            memory,
        )


@dataclass(slots=True)
class Record:
    """`demo.json` of a stack: which plan was sent to it, and what each load came to.

    uploads: the ids that enrolment gave to the files, by name.
    """

    file: Path
    seed: int
    day: date
    people: int
    loads: list[dict[str, Any]]
    uploads: dict[str, str]

    @classmethod
    def of(cls, stack: Stack) -> Self | None:
        """What this stack was loaded with; None before the first load."""
        file = path_of(stack)
        if not file.exists():
            return None
        kept = json.loads(file.read_text())
        day = date.fromisoformat(kept["day"])
        return cls(file, kept["seed"], day, kept["people"], kept["loads"], kept["uploads"])

    def save(self) -> None:
        kept = asdict(self) | {"day": self.day.isoformat()}
        del kept["file"]
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(kept, indent=1) + "\n")
        fresh.replace(self.file)


def path_of(stack: Stack) -> Path:
    return stack.home.root / "demo.json"
