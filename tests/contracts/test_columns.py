"""Records read column by column: the same as one by one, or not read at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npp_contracts import Envelope
from npp_contracts.columns import Split, columns
from npp_contracts.envelope import Headers
from npp_contracts.testing import all_examples


@dataclass(frozen=True)
class Sent:
    key: bytes | None
    headers: Headers
    value: bytes | None


OURS = [Sent(*each.record) for each in all_examples()]
NAMES = [name for name, _ in OURS[1].headers]
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def read(records: Sequence[Sent]) -> list[Envelope]:
    return [Envelope.from_record(one.key, one.headers, one.value) for one in records]


def said(records: Sequence[Sent]) -> tuple[list[object], ...]:
    all_read = read(records)
    return (
        [one.type for one in all_read],
        [one.id for one in all_read],
        [one.subject for one in all_read],
        [one.time for one in all_read],
        [one.sequence for one in all_read],
    )


def of_columns(records: Sequence[Sent]) -> tuple[list[object], ...] | None:
    found = columns(records)
    if found is None:
        return None
    built = [
        Envelope.from_record(
            subject.encode(),
            [("ce_id", id_.encode()), ("ce_time", time.encode()), *_rest(one)],
            b"",
        )
        for id_, subject, time, one in zip(
            found.ids, found.subjects, found.times, records, strict=True
        )
    ]
    return (
        list(found.types),
        [one.id for one in built],
        list(found.subjects),
        [one.time for one in built],
        list(found.sequences),
    )


def _rest(one: Sent) -> list[tuple[str, bytes | None]]:
    return [each for each in one.headers if each[0] not in {"ce_id", "ce_time"}]


def with_optional(one: Sent, cause: bytes | None, trace: bytes | None) -> Sent:
    found = dict(one.headers)
    found["ce_causationid"], found["ce_traceparent"] = cause, trace
    order = [
        *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"),
        *("ce_dataschema", "ce_correlationid", "ce_causationid", "ce_sequence", "ce_forceid"),
        *("ce_traceparent", "content-type"),
    ]
    return replace(one, headers=tuple((n, found[n]) for n in order if found[n] is not None))


RECORDS = st.builds(
    with_optional,
    st.sampled_from(OURS),
    st.none() | st.just(b"0191e6c8-0000-7000-8000-000000000001"),
    st.none() | st.just(TRACE),
)


@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_what_we_write_is_read_as_columns(records: list[Sent]) -> None:
    assert of_columns(records) == said(records)


@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_headers_that_were_split_are_the_same_headers(records: list[Sent]) -> None:
    split = [replace(one, headers=Split.of(one.headers)) for one in records]
    assert [tuple(one.headers) for one in split] == [tuple(one.headers) for one in records]
    assert [len(one.headers) for one in split] == [len(one.headers) for one in records]
    assert of_columns(split) == said(records)
    assert list(Split.of([])) == []


# Near enough to what is allowed that a check which is too wide would let it pass.
RAW = (
    st.none()
    | st.binary(max_size=8)
    | st.text(max_size=40).map(str.encode)
    | st.sampled_from(
        [
            *(b"", b"0", b"01", b"+1", b" 1", b"1 ", b"1_0", b"-1", b"9223372036854775808"),
            *(b"2026-02-30T09:00:00Z", b"2026-06-19T09:00:60Z", b"2026-06-19T24:00:00Z"),
            *(b"2026-06-19T09:60:00Z", b"0000-01-01T00:00:00Z", b"2026-06-19T09:00:00.5Z"),
            *(b"2026-06-19T09:00:00", b"2026-06-19T09:00:00+01:00", b"20260619T090000Z"),
            *(b"0191E6C8-0000-7000-8000-000000000001", b"0191e6c800007000800000000000000000"),
            *(b"0191e6c8-0000-7000-8000-000000000001\n", b"x" * 256, b"x" * 257, b"a\nb", b"\xc3"),
            *(b"/npp/nobody", b"/npp/", b"kent", b"Kent", b"npp.portfolio.portfolio-opened.v9"),
        ]
    )
)


@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_a_batch_with_a_spoilt_header_is_read_the_same_or_not_at_all(
    records: list[Sent], draw: st.DataObject
) -> None:
    at = draw.draw(st.integers(0, len(records) - 1))
    name, raw = draw.draw(st.sampled_from([n for n, _ in records[at].headers])), draw.draw(RAW)
    one = records[at]
    key = raw if name == "ce_subject" and draw.draw(st.booleans()) else one.key
    spoilt = [(each, raw if each == name else kept) for each, kept in one.headers]
    records[at] = replace(one, key=key, headers=tuple(spoilt))
    found = of_columns(records)
    assert found is None or found == said(records)


@given(st.lists(RECORDS, min_size=1, max_size=3), st.data())
def test_other_headers_than_ours_are_left_to_the_careful_reader(
    records: list[Sent], draw: st.DataObject
) -> None:
    at = draw.draw(st.integers(0, len(records) - 1))
    headers = list(records[at].headers)
    drawn = draw.draw(st.permutations(headers)) if draw.draw(st.booleans()) else headers
    extra = draw.draw(st.lists(st.tuples(st.sampled_from([*NAMES, "proxy"]), RAW), max_size=2))
    records[at] = replace(records[at], headers=(*drawn, *extra))
    found = of_columns(records)
    assert found is None or found == said(records)
    if extra:
        assert found is None


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("ce_specversion", b"0.3"),
        ("content-type", b"application/json; charset=utf-8"),
        ("ce_id", b"0191e6c8-0000-7000-8000-00000000000g"),
        ("ce_type", b"portfolio-signed"),
        ("ce_source", b"/elsewhere"),
        ("ce_subject", b"somebody else"),
        ("ce_time", b"2026-02-30T09:00:00Z"),
        ("ce_time", b"2026-06-19T09:00:61Z"),
        ("ce_dataschema", b"urn:npp:schema:npp.portfolio.portfolio-opened.v9"),
        ("ce_correlationid", b"a\x00b"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"01"),
        ("ce_sequence", b"9" * 19),
        ("ce_forceid", b"Kent Police"),
    ],
)
def test_one_wrong_value_among_right_ones_is_seen(name: str, raw: bytes) -> None:
    spoilt = [(each, raw if each == name else kept) for each, kept in OURS[0].headers]
    assert columns(OURS[:3]) is not None
    assert columns([*OURS[:2], replace(OURS[0], headers=tuple(spoilt))]) is None


def test_ids_that_only_together_look_right_are_seen() -> None:
    first, second = (dict(one.headers) for one in (OURS[0], OURS[0]))
    first["ce_id"], second["ce_id"] = first["ce_id"][:-1], b"0" + second["ce_id"]  # type: ignore[index,operator]
    records = [replace(OURS[0], headers=tuple(each.items())) for each in (first, second)]
    assert columns(records) is None


def test_a_null_is_not_an_absent_header() -> None:
    caused = with_optional(OURS[0], b"because", None)
    nulled = [(n, None if n == "ce_causationid" else raw) for n, raw in caused.headers]
    assert columns([caused, OURS[0]]) is not None
    assert columns([replace(caused, headers=tuple(nulled)), OURS[0]]) is None
    assert columns([replace(caused, headers=tuple(nulled))]) is None
