"""What a row of a file may say, and which column is at fault when it may not."""

import unicodedata
from datetime import date

import pytest

from chassis.errors import Refusal
from enrolment.domain.completion import Accepts, Completion
from enrolment.domain.errors import DuplicateCollarNumber
from enrolment.domain.forces import find_force, forces, plain
from enrolment.domain.programme import Catalogue, Programme
from enrolment.domain.roster import Roster, read_person
from enrolment.domain.rows import Row, rejected

from .given import edition, roster_row

CATALOGUE = Catalogue([Programme("npp", editions=[edition()], version=1)])
ALL, OWN = (Accepts(force, CATALOGUE, date(2026, 7, 1)) for force in (None, "derbyshire"))
ROW = {
    "force": "derbyshire",
    "collar_number": "1234",
    "module": "asb-1",
    "completed_on": "2025-07-09",
}


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("collar_number", "", "collar-number-invalid"),
        ("collar_number", "1" * 21, "collar-number-invalid"),
        ("given_name", "", "name-invalid"),
        ("given_name", "=cmd|' /C calc'!A0", "name-invalid"),
        ("family_name", "R2-D2", "name-invalid"),
        ("family_name", "x" * 101, "name-invalid"),
        ("email", "nobody", "email-invalid"),
        ("email", "a@b", "email-invalid"),
        ("worker_type", "constable", "worker-type-unknown"),
        ("rank", "superintendent", "rank-unknown"),
        ("neighbourhood", "maybe", "not-yes-or-no"),
        ("joined_on", "2024-02-30", "date-invalid"),
        ("joined_on", "13/31/2024", "date-invalid"),
        ("joined_on", "01/02/24", "date-invalid"),
    ],
)
def test_a_roster_row_is_rejected_with_column_and_code(column: str, cell: str, code: str) -> None:
    row = roster_row() | {column: cell}
    with pytest.raises(Refusal) as refused:
        read_person(row)
    back = rejected(7, row, refused.value, "kent")
    assert (back.line, back.column, back.code) == (7, column, code)
    assert back.reason


@pytest.mark.parametrize(
    "name", ["Siân", "Llŷr", "Ŵyn-Jones", "O’Brien", "d'Arcy", "St. John", "Nguyễn"]
)
def test_names_keep_their_diacritics(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    assert read_person(roster_row(given_name=f"  {decomposed} ")).given_name == name


def test_letter_case_and_blanks_of_codes_are_forgiven() -> None:
    said = {
        "collar_number": " pc1 ",
        "worker_type": " PCSO",
        "rank": "None",
        "neighbourhood": "YES",
        "email": "A@Kent.Police.Example ",
        "joined_on": "1/3/2020",
    }
    person = read_person(roster_row(**said))
    assert (person.collar_number, person.worker_type, person.rank) == ("PC1", "pcso", "none")
    assert (person.email, person.joined_on) == ("a@kent.police.example", date(2020, 3, 1))


def test_the_same_row_twice_is_welcome_and_a_contradiction_is_not() -> None:
    roster = Roster()
    assert roster.admit(2, roster_row()).person == roster.admit(3, roster_row()).person
    with pytest.raises(DuplicateCollarNumber):
        roster.admit(4, roster_row(family_name="Jones"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"force": "Borsetshire"}, "force-unknown"),
        ({"force": ""}, "force-unknown"),
        ({"force": "kent"}, "another-force"),
        ({"collar_number": "no number"}, "collar-number-invalid"),
        ({"module": "time-travel-1"}, "unknown-module"),
        ({"completed_on": "2026-07-02"}, "future-date"),
        ({"completed_on": "2025-05-31"}, "before-programme"),
        ({"completed_on": "07/13/2025"}, "date-invalid"),
        ({"": "surplus"}, "too-many-fields"),
    ],
)
def test_a_completion_is_rejected_with_its_code(said: Row, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        OWN.read({**ROW, **said})
    assert refused.value.code == code


@pytest.mark.parametrize("day", ["2025-07-09", "09/07/2025", "9/7/2025", " 2025-07-09 "])
def test_dates_are_iso_or_day_first(day: str) -> None:
    expected = Completion("derbyshire", "1234", "asb-1", date(2025, 7, 9))
    assert ALL.read(ROW | {"completed_on": day}) == expected


@pytest.mark.parametrize(
    ("name", "force_id"),
    [
        ("devon-and-cornwall", "devon-and-cornwall"),
        ("Devon & Cornwall", "devon-and-cornwall"),
        ("DEVON AND CORNWALL POLICE", "devon-and-cornwall"),
        ("Metropolitan Police", "metropolitan"),
        ("E23000001", "metropolitan"),
        ("London, City of", "city-of-london"),
        ("Heddlu Dyfed-Powys", "dyfed-powys"),
        ("Wales", None),
        ("York", None),
    ],
)
def test_a_force_is_found_by_id_code_or_alias_and_never_guessed(
    name: str, force_id: str | None
) -> None:
    assert find_force(name) == force_id


def test_no_name_means_two_forces() -> None:
    names = [{plain(name) for name in force.names} for force in forces()]
    assert len(names) == 43
    assert sum(map(len, names)) == len(set().union(*names))
