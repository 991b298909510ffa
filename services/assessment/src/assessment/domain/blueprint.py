"""A blueprint: two parallel forms, who gets which, and how answers are marked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from assessment.domain.errors import (
    FormsDiffer,
    ItemRepeated,
    ItemUnknown,
    KeyNotAnOption,
    OptionRepeated,
    OptionUnknown,
)
from npp_contracts.codes import Form, Occasion

Answers = Mapping[str, str]
"""Option by item; an item without an answer is missing."""

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Item:
    """One objective item. `key` is the right option; it stays inside this service."""

    item: str
    options: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What a form makes of answers. A blank item scores nothing and is counted as blank."""

    answered: int
    correct: int
    items: int

    @property
    def percent(self) -> Decimal:
        """Share of right answers in percent, to two decimals, halves up."""
        exact = Decimal(100 * self.correct) / self.items
        return exact.quantize(_CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What an assessment consists of; once published it never changes."""

    code: str
    programme_id: str
    programme_version: int
    part: str
    title: str
    pass_percent: Decimal
    minutes: int
    forms: Mapping[Form, tuple[Item, ...]]

    @property
    def size(self) -> int:
        """Items on either form."""
        return len(self.forms[Form.A])

    def passes(self, percent: Decimal) -> bool:
        """Compared as published, so that nobody fails with the pass mark on the sheet."""
        return percent >= self.pass_percent

    def mark(self, form: Form, answers: Answers) -> Mark:
        items = self.forms[form]
        correct = sum(answers.get(each.item) == each.key for each in items)
        return Mark(len(answers), correct, len(items))

    def check_answers(self, form: Form, answers: Mapping[str, str | None]) -> None:
        """Refuse an item or an option that the form does not have. None takes an answer back."""
        options = {each.item: each.options for each in self.forms[form]}
        for item, option in answers.items():
            field = f"answers.{item}"
            if item not in options:
                raise ItemUnknown(f"{item} is not on the form", field=field, item=item)
            if option is not None and option not in options[item]:
                raise OptionUnknown(f"{item} has no such option", field=field, item=item)


def validate(blueprint: Blueprint) -> Blueprint:
    """The blueprint, if its forms are parallel in shape and each key can be chosen."""
    lengths = {form.value: len(items) for form, items in blueprint.forms.items()}
    if len(set(lengths.values())) != 1:
        raise FormsDiffer(field="forms", items=lengths)
    for form, items in blueprint.forms.items():
        _check_items(f"forms.{form.value}", items)
    return blueprint


def _check_items(where: str, items: tuple[Item, ...]) -> None:
    seen: set[str] = set()
    for number, each in enumerate(items):
        field = f"{where}.{number}"
        if each.item in seen:
            raise ItemRepeated(field=f"{field}.item", item=each.item)
        if len(set(each.options)) != len(each.options):
            raise OptionRepeated(field=f"{field}.options", item=each.item)
        if each.key not in each.options:
            raise KeyNotAnOption(field=f"{field}.key", item=each.item)
        seen.add(each.item)


def form_for(learner_id: UUID, blueprint: str, occasion: Occasion) -> Form:
    """Counterbalanced without a register: the same answer for ever, for whoever asks.

    The baseline is form A when the first byte of SHA-256 of "<blueprint>:<learner id>" is even,
    form B when it is odd; the final is the other form.
    """
    even = hashlib.sha256(f"{blueprint}:{learner_id}".encode()).digest()[0] % 2 == 0
    return Form.A if even == (occasion is Occasion.BASELINE) else Form.B
