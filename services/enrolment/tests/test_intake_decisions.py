"""What is announced of a file: each force its own rows, and no other's."""

from uuid import UUID

from enrolment.domain.intake import File, Intake, owner, recounted, rows_by_force, taken
from npp_contracts.codes import FileKind

FILE = UUID(int=1)


def naming(*forces: str) -> list[dict[str, str]]:
    return [{"force": each} for each in forces]


def test_a_forces_own_file_is_its_own_whomever_its_rows_name() -> None:
    assert owner("derbyshire", {"force": "kent"}) == "derbyshire"
    assert rows_by_force("derbyshire", naming("kent", "derbyshire")) == {"derbyshire": 2}
    assert rows_by_force("derbyshire", []) == {"derbyshire": 0}


def test_rows_of_a_file_for_all_are_of_whom_they_name_by_any_name() -> None:
    rows = naming("kent", " Kent Police ", "E23000032", "essex", "Borsetshire", "")
    assert rows_by_force(None, rows) == {"kent": 3, "essex": 1, "national": 2}
    assert rows_by_force(None, []) == {}


def test_each_force_is_told_of_its_own_rows() -> None:
    rows = {"kent": 5, "essex": 2}
    refused = {
        ("kent", "unknown-collar-number"): 2,
        ("kent", "future-date"): 1,
        ("essex", "holder-erased"): 1,
    }
    said = list(taken(File(FILE, FileKind.COMPLETIONS, None), rows, refused))
    assert [(e.force_id, e.accepted, e.refused, e.unmatched) for e in said] == [
        ("essex", 1, 1, 0),
        ("kent", 2, 3, 2),
    ]
    assert {each.upload_id for each in said} == {None}


def test_a_forces_own_file_is_told_by_its_name() -> None:
    (said,) = taken(File(FILE, FileKind.ROSTER, "kent"), {"kent": 3}, {})
    assert (said.kind, said.upload_id, said.accepted) == (FileKind.ROSTER, FILE, 3)


def test_what_waits_is_told_where_it_is_another_number() -> None:
    intake = Intake("kent")
    assert recounted(intake, 0) is None
    said = recounted(intake, 3)
    assert said is not None
    intake.apply(said)
    assert (intake.waiting, recounted(intake, 3)) == (3, None)
    assert recounted(intake, 0) is not None
