"""Domain values inside JSON columns."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, Enum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from enrolment.domain.enrolment import Done, PartProgress
from enrolment.domain.programme import Edition
from enrolment.domain.workforce import Headcount
from npp_contracts.codes import CompletedVia, EnrolledBy


def codes(kind: type[StrEnum]) -> Enum:
    """A text column of a closed list."""
    return Enum(
        kind, native_enum=False, values_callable=lambda every: [each.value for each in every]
    )


class Editions(TypeDecorator[list[Edition]]):
    """Every version of a programme, in order."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: list[Edition] | None, dialect: Dialect) -> Any:
        return [each.model_dump(mode="json") for each in value or ()]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Edition]:
        return [Edition.model_validate(each) for each in value]


class Reports(TypeDecorator[dict[date, Headcount]]):
    """A force's headcounts by the day they describe."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: dict[date, Headcount] | None, dialect: Dialect) -> Any:
        return {
            day.isoformat(): {"headcount": each.headcount, "source": each.source}
            for day, each in (value or {}).items()
        }

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[date, Headcount]:
        return {
            (day := date.fromisoformat(text)): Headcount(day, said["headcount"], said["source"])
            for text, said in value.items()
        }


class Parts(TypeDecorator[dict[str, PartProgress]]):
    """The parts of an enrolment and what of each is there; keys are short, rows are many."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: dict[str, PartProgress] | None, dialect: Dialect) -> Any:
        return {code: _packed(part) for code, part in (value or {}).items()}

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, PartProgress]:
        return {code: unpacked(part) for code, part in value.items()}


def _packed(part: PartProgress) -> dict[str, Any]:
    packed: dict[str, Any] = {"how": part.how}
    if part.modules:
        packed["modules"] = {
            module: [done.on.isoformat(), done.via] for module, done in part.modules.items()
        }
    days = {"final": part.final_on, "portfolio": part.portfolio_on, "completed": part.completed_on}
    return packed | {name: day.isoformat() for name, day in days.items() if day is not None}


def unpacked(packed: Mapping[str, Any]) -> PartProgress:
    """A part's progress from its JSON."""
    modules = {
        module: Done(date.fromisoformat(on), CompletedVia(via))
        for module, (on, via) in packed.get("modules", {}).items()
    }
    final, portfolio, completed = (
        date.fromisoformat(packed[name]) if name in packed else None
        for name in ("final", "portfolio", "completed")
    )
    return PartProgress(EnrolledBy(packed["how"]), modules, final, portfolio, completed)
