"""What is sent: files with the faults that real ones have, statements that some must wait for."""

import csv
import io
from collections import Counter
from datetime import date

import pytest

from chassis.csvio import read_csv
from npp_contracts.codes import CompletedVia
from npp_ops.simulate.plan.plan import Plan, make_plan
from npp_ops.simulate.sent import completions, rosters
from npp_ops.simulate.sent.statements import BATCH, COMPLETED, said_twice, statement_batches
from npp_ops.simulate.sent.uploads import BOM, STYLES, Upload


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(date(2026, 11, 22), 2_000)


@pytest.fixture(scope="module")
def first(plan: Plan) -> list[Upload]:
    return rosters.first_rosters(plan)


@pytest.fixture(scope="module")
def completed(plan: Plan) -> list[Upload]:
    return completions.completion_files(plan)


def rows_of(file: Upload, header: tuple[str, ...]) -> list[dict[str, str]]:
    return [row for _, row in read_csv(file.body, header)]


def test_files_have_byte_order_marks_and_every_kind_of_line_end(completed: list[Upload]) -> None:
    assert {file.body.startswith(BOM) for file in completed} == {True, False}
    bodies = [file.body for file in completed]
    assert any(b"\r\n" in body and b"\n" in body.replace(b"\r\n", b"") for body in bodies)
    assert any(b"\r" in body and b"\n" not in body for body in bodies)
    assert len(STYLES) == 5


def test_rosters_are_read_whole_whatever_their_faults(first: list[Upload]) -> None:
    for file in first:
        assert len(rows_of(file, rosters.HEADER)) == file.rows


def test_rosters_hold_everybody_but_latecomers(plan: Plan, first: list[Upload]) -> None:
    good = sum(file.rows - file.refused for file in first)
    repeated = sum("duplicate-collar-number" in file.rejected for file in first)
    assert good - repeated == sum(not person.late for person in plan.people)


def test_bad_roster_rows_have_known_reasons(first: list[Upload]) -> None:
    reasons = Counter[str]()
    for file in first:
        reasons.update(file.rejected)
    assert set(reasons) == {
        *(reason for _, _, reason in rosters.FAULTS),
        "too-many-fields",
        "duplicate-collar-number",
    }


def test_some_dates_are_day_first_and_some_iso(completed: list[Upload]) -> None:
    texts = [row["completed_on"] for f in completed for row in rows_of(f, completions.HEADER)]
    assert any("/" in text for text in texts)
    assert any("-" in text for text in texts)


def test_forces_are_called_by_their_aliases_too(completed: list[Upload]) -> None:
    names = {row["force"] for f in completed for row in rows_of(f, completions.HEADER)}
    assert {"Devon & Cornwall", "Metropolitan Police", "Borsetshire Constabulary"} <= names


def test_every_completions_file_has_unknown_numbers_and_repeated_rows(
    completed: list[Upload],
) -> None:
    for file in completed:
        assert file.rejected["unknown-collar-number"] == 1
        rows = [tuple(row.values()) for row in rows_of(file, completions.HEADER)]
        assert len(set(rows)) < len(rows)


def test_files_report_each_planned_completion(plan: Plan, completed: list[Upload]) -> None:
    said = {
        (row["collar_number"], row["module"])
        for file in completed
        for row in rows_of(file, completions.HEADER)
    }
    planned = {
        (plan.people[each.person].collar, each.module)
        for each in plan.completions
        if each.via is CompletedVia.CSV
    }
    assert planned <= said


def test_second_rosters_bring_latecomers_and_promotions(plan: Plan) -> None:
    rows = [
        row
        for file in rosters.second_rosters(plan)
        for row in csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"), newline=""))
    ]
    ranks = Counter(row["rank"] for row in rows)
    assert len(rows) == sum(person.late for person in plan.people) + len(plan.moves.promoted)
    assert ranks["sergeant"] >= len(plan.moves.promoted)


def test_statements_have_ids_that_never_change_and_are_sent_once(plan: Plan) -> None:
    batches = statement_batches(plan)
    ids = [each["id"] for batch in batches for each in batch.statements]
    assert len(ids) == len(set(ids))
    assert max(len(batch.statements) for batch in batches) == BATCH
    assert batches == statement_batches(plan)


def test_some_statements_are_to_be_ignored_and_some_to_wait(plan: Plan) -> None:
    batches = statement_batches(plan)
    verbs = Counter(each["verb"]["id"] for batch in batches for each in batch.statements)
    assert len(verbs) == 3
    assert sum(batch.ignored for batch in batches) == verbs.total() - verbs[COMPLETED] > 0
    late = {person.at for person in plan.people if person.late}
    waiting = sum(each.person in late for each in plan.completions)
    assert sum(batch.unmatched for batch in batches) > waiting > 0


def test_what_is_said_twice_came_by_file_first(plan: Plan) -> None:
    by_csv = {
        (plan.people[c.person].collar, c.module)
        for c in plan.completions
        if c.via is CompletedVia.CSV
    }
    for batch in said_twice(plan):
        for each in batch.statements:
            module = each["object"]["id"].rpartition("/")[2]
            assert (each["actor"]["account"]["name"], module) in by_csv
