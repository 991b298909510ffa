"""A finding of the gate: what is wrong, and the command that mends it."""

from dataclasses import dataclass

GENERATE = "python -m npp_contracts.generate"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a change of the contracts."""

    about: str
    why: str
    mend: str

    def __str__(self) -> str:
        """One line, as the gate prints it."""
        return f"{self.about}: {self.why}\n    mend: {self.mend}"
