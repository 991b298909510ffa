"""From documents to tables: every contract has columns, nothing is lost, nothing runs or grows."""

import io
import json
import sys
from pathlib import Path
from subprocess import run
from typing import Any, Final

import pytest

from npp_contracts.catalogue import EVENTS
from npp_contracts.enrolment import LearnerRegistered
from npp_contracts.event import Event
from npp_contracts.events import SessionScheduled
from npp_contracts.testing import all_examples, examples
from reporting.files import columns as of_columns
from reporting.files.columns import ENVELOPE, ShapeUnknown, columns, payload_columns
from reporting.files.tables import FieldUnknown, write_tables

from .filing import cells, plain, queried, said, typed


def document(kind: type[Event], data: dict[str, Any], position: int = 1) -> bytes:
    said = {"id": "0197", "type": kind.type, "time": "2026-06-19T09:00:00.123456Z"}
    return json.dumps(said | {"subject": "s", "sequence": str(position), "data": data}).encode()


def tables(kind: type[Event], *batches: list[bytes]) -> tuple[str, bytes]:
    csv_file, parquet_file = io.BytesIO(), io.BytesIO()
    assert write_tables(kind, batches, csv_file, parquet_file) == sum(map(len, batches))
    return csv_file.getvalue().decode(), parquet_file.getvalue()


@pytest.mark.parametrize("kind", EVENTS.values(), ids=list(EVENTS))
def test_every_contract_has_columns_that_are_explained_and_named_once(kind: type[Event]) -> None:
    found = columns(kind)
    names = [each.name for each in found]
    assert [each.name for each in found[:5]] == [each.name for each in ENVELOPE]
    assert names[5:] == list(kind.model_fields)
    assert len(set(names)) == len(names)
    assert all(each.description for each in found)


def test_what_an_event_says_is_in_its_row_of_both(tmp_path: Path) -> None:
    for kind in EVENTS.values():
        events = [each.event.model_dump(mode="json") for each in examples(kind)]
        documents = [document(kind, each, n) for n, each in enumerate(events, 1)]
        text, content = tables(kind, documents)
        for rows in (cells(text.encode()), typed(tmp_path / "a.parquet", content)):
            assert [int(row["position"]) for row in rows] == [1, 2]
            for row, event in zip(rows, events, strict=True):
                for each in payload_columns(kind):
                    form = each.field["type"]
                    assert plain(row[each.name], form) == said(event[each.name], form)


def test_columns_of_parquet_are_of_their_own_types(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(tables(SessionScheduled)[1])
    found = queried(f"DESCRIBE SELECT * FROM '{tmp_path / 'a.parquet'}'")
    types = {name: kind for name, kind, *_ in found}
    assert (types["position"], types["event_time"]) == ("BIGINT", "TIMESTAMP WITH TIME ZONE")
    assert (types["starts_at"], types["capacity"]) == ("TIMESTAMP WITH TIME ZONE", "BIGINT")
    assert (types["title"], types["session_id"]) == ("VARCHAR", "VARCHAR")


def test_no_cell_runs_in_a_spreadsheet_and_parquet_has_it_as_it_was(tmp_path: Path) -> None:
    data = examples(SessionScheduled)[0].event.model_dump(mode="json")
    titles = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://a")', 'Ŵyneb, a "b"\r\nc', "＝1"]
    rows = [document(SessionScheduled, data | {"title": each}) for each in titles]
    text, content = tables(SessionScheduled, rows)
    assert text.count("\r\n") == len(titles) + 2
    assert [row["title"] for row in cells(text.encode())] == [
        f"'{each}" if each[0] != "Ŵ" else each for each in titles
    ]
    assert [row["title"] for row in typed(tmp_path / "a.parquet", content)] == titles


def test_a_field_that_came_later_is_empty_in_older_events(tmp_path: Path) -> None:
    data = examples(LearnerRegistered)[0].event.model_dump(mode="json")
    older = {name: value for name, value in data.items() if name != "joined_on"}
    rows = [document(LearnerRegistered, older), document(LearnerRegistered, data, 2)]
    text, content = tables(LearnerRegistered, rows)
    assert [row["joined_on"] for row in cells(text.encode())] == ["", data["joined_on"] or ""]
    assert typed(tmp_path / "a.parquet", content)[0]["joined_on"] is None


def test_files_of_two_contracts_are_read_together(tmp_path: Path) -> None:
    """One from before a field was added and one from after it."""
    data = examples(LearnerRegistered)[0].event.model_dump(mode="json")

    class Later(LearnerRegistered, type="npp.enrolment.later.v1", topic=LearnerRegistered.topic):
        """The same with a field more."""

        shift: int | None = None
        """Something new."""

    for kind, more in ((LearnerRegistered, {}), (Later, {"shift": 3})):
        content = tables(kind, [document(kind, data | more)])[1]
        (tmp_path / f"{kind.__name__}.parquet").write_bytes(content)
    both = f"read_parquet('{tmp_path}/*.parquet', union_by_name = true)"
    found = queried(f"SELECT shift, rank FROM {both} ORDER BY shift NULLS FIRST")
    assert found == [(None, data["rank"]), (3, data["rank"])]


def test_what_this_release_does_not_know_is_not_left_out_in_silence() -> None:
    data = examples(LearnerRegistered)[0].event.model_dump(mode="json") | {"shift": 3}
    with pytest.raises(FieldUnknown, match="shift"):
        tables(LearnerRegistered, [document(LearnerRegistered, data)])


def test_a_shape_that_no_column_holds_is_refused() -> None:
    with pytest.raises(ShapeUnknown, match="either"):
        of_columns._kind("either", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, {})


def test_all_examples_are_looked_at() -> None:
    assert {each.headers["ce_type"] for each in all_examples()} == set(EVENTS)


# What a process has taken at most after a table of few rows, and after one of many.
MEASURED: Final = """
import io, resource, sys, tempfile
from npp_contracts.enrolment import LearnerRegistered as Kind
from reporting.files.tables import write_tables
document = sys.stdin.buffer.read()
def write(rows):
    with tempfile.TemporaryFile() as a, tempfile.TemporaryFile() as b:
        batches = ([document] * 1000 for _ in range(rows // 1000))
        assert write_tables(Kind, batches, a, b) == rows
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(write(21_000), write(80_000))
"""


def test_a_day_of_many_events_takes_no_more_memory_than_a_row_group() -> None:
    data = examples(LearnerRegistered)[0].event.model_dump(mode="json")
    given = document(LearnerRegistered, data)
    done = run([sys.executable, "-c", MEASURED], input=given, capture_output=True, check=True)
    few, many = map(int, done.stdout.split())
    # At once in memory the documents alone would be another 30 MB, and their rows 100.
    assert many - few < 20, (few, many)
