"""The envelope: what is written is read again, and nothing that is read can surprise."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npp_contracts import EVENTS, Envelope, EnvelopeError
from npp_contracts.testing import Example, all_examples

TEXT = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60)
NAMES = [name for name, _ in all_examples()[1].envelope.headers()]
REQUIRED = sorted({*NAMES} - {"ce_causationid", "ce_traceparent"})

ENVELOPES = st.builds(
    Envelope,
    id=st.uuids(),
    type=st.sampled_from(sorted(EVENTS)),
    source=st.sampled_from(["/npp/enrolment", "/npp/portfolio"]),
    subject=TEXT,
    time=st.datetimes(timezones=st.just(UTC)),
    dataschema=st.none(),
    correlationid=TEXT,
    causationid=st.none() | TEXT,
    sequence=st.integers(1, 2**63 - 1),
    forceid=st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True),
    traceparent=st.none() | st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", fullmatch=True),
    data=st.binary(),
).map(lambda each: _with(each, dataschema=f"urn:npp:schema:{each.type}"))


def _with(envelope: Envelope, **changes: object) -> Envelope:
    fields = {name: getattr(envelope, name) for name in Envelope.__slots__}
    return Envelope(**(fields | changes))


@given(ENVELOPES)
def test_an_envelope_survives_the_wire(envelope: Envelope) -> None:
    assert Envelope.from_record(envelope.key, envelope.headers(), envelope.data) == envelope


@given(
    st.none() | st.binary(),
    st.lists(st.tuples(st.sampled_from(NAMES) | st.text(), st.none() | st.binary())),
    st.none() | st.binary(),
)
def test_any_record_is_an_envelope_or_an_envelope_error(
    key: bytes | None, headers: list[tuple[str, bytes | None]], value: bytes | None
) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_record(key, headers, value)


@given(
    st.sampled_from(all_examples()),
    st.sampled_from(NAMES),
    st.none() | st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode()),
)
def test_a_record_with_one_header_of_any_bytes_is_read_or_refused(
    example: Example, name: str, raw: bytes | None
) -> None:
    key, headers, value = example.record
    spoilt = [(each, raw if each == name else kept) for each, kept in headers]
    with suppress(EnvelopeError):
        read = Envelope.from_record(key, spoilt, value)
        assert Envelope.from_record(read.key, read.headers(), read.data) == read


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_header_is_named(name: str) -> None:
    key, headers, value = all_examples()[0].record
    _refused("missing", name, key, [each for each in headers if each[0] != name], value)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_null_header_is_named(name: str) -> None:
    key, headers, value = all_examples()[0].record
    nulled = [(each, None if each == name else raw) for each, raw in headers]
    _refused("missing", name, key, nulled, value)


@pytest.mark.parametrize(
    ("reason", "name", "raw"),
    [
        ("unsupported", "ce_specversion", b"0.3"),
        ("unsupported", "content-type", b"application/avro"),
        ("undecodable", "ce_id", b"\xff\xfe"),
        ("invalid", "ce_id", b"{018f6b1e-0000-7000-8000-000000000001}"),
        ("invalid", "ce_type", b"portfolio-signed"),
        ("invalid", "ce_time", b"2026-06-19T09:00:00"),
        ("invalid", "ce_time", b"2026-02-30T09:00:00Z"),
        ("invalid", "ce_time", b"0001-01-01T00:00:00+14:00"),
        ("invalid", "ce_sequence", b"0"),
        ("invalid", "ce_sequence", b"-1"),
        ("invalid", "ce_sequence", "٣".encode()),
        ("invalid", "ce_sequence", b"9" * 19),
        ("invalid", "ce_correlationid", b"a\x00b"),
        ("invalid", "ce_correlationid", b"x" * 257),
        ("invalid", "ce_forceid", b"Kent Police"),
        ("invalid", "ce_source", b"/elsewhere"),
        ("mismatch", "ce_dataschema", b"urn:npp:schema:npp.portfolio.portfolio-opened.v9"),
    ],
)
def test_a_wrong_header_is_named_with_the_reason(reason: str, name: str, raw: bytes) -> None:
    key, headers, value = all_examples()[0].record
    _refused(reason, name, key, [(n, raw if n == name else r) for n, r in headers], value)


def test_a_header_twice_is_refused() -> None:
    key, headers, value = all_examples()[0].record
    _refused("duplicate", "ce_id", key, [*headers, ("ce_id", b"x")], value)


def test_headers_of_others_may_come_twice() -> None:
    key, headers, value = all_examples()[0].record
    more = [*headers, ("proxy", b"a"), ("proxy", b"b"), ("nothing", None)]
    assert Envelope.from_record(key, more, value) == all_examples()[0].envelope


def test_a_tombstone_and_a_record_without_key_are_refused() -> None:
    key, headers, value = all_examples()[0].record
    _refused("missing", "value", key, headers, None)
    _refused("missing", "key", None, headers, value)
    _refused("mismatch", "key", b"somebody else", headers, value)


def test_a_broken_traceparent_does_not_cost_the_event() -> None:
    key, headers, value = all_examples()[0].record
    read = Envelope.from_record(key, [*headers, ("ce_traceparent", b"\xff")], value)
    assert read == all_examples()[0].envelope


def test_time_is_written_in_utc() -> None:
    envelope = all_examples()[0].envelope
    at = datetime(2026, 6, 19, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    headers = dict(_with(envelope, time=at).headers())
    assert headers["ce_time"] == b"2026-06-19T09:00:00Z"


def test_an_event_makes_its_envelope() -> None:
    example = all_examples()[0]
    envelope = Envelope.of(
        example.event,
        id=UUID(example.headers["ce_id"]),
        time=datetime.fromisoformat(example.headers["ce_time"]),
        sequence=int(example.headers["ce_sequence"]),
        correlationid=example.headers["ce_correlationid"],
    )
    assert envelope == example.envelope


def _refused(
    reason: str,
    field: str,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]],
    value: bytes | None,
) -> None:
    with pytest.raises(EnvelopeError) as refused:
        Envelope.from_record(key, headers, value)
    assert (refused.value.reason, refused.value.field) == (reason, field)
