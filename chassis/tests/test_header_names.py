"""A header name that is no UTF-8, somewhere in what was fetched: every record comes, and once."""

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from chassis.kafka.names import read_any


class Broken(str):
    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"ce_\xff\xfe"


def batch(base: int, names: list[str]) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, 10_000)
    for number, name in enumerate(names):
        builder.append(number, 1, b"key", b"value", [(name, b"1")])
    data = builder.build()
    data[:8] = base.to_bytes(8, "big")
    return bytes(data)


@pytest.mark.parametrize("since", [0, 1, 3, 4, 6])
def test_every_record_comes_once(since: int) -> None:
    read_any()
    good, bad = ["good"] * 2, ["good", Broken("bad"), "good"]
    parts = {0: good, 2: good, 4: bad, 7: good}
    # A broker sends no batch that ends before the offset that was asked for.
    sent = [batch(base, names) for base, names in parts.items() if base + len(names) > since]
    data = b"".join(sent)
    records = fetcher.MemoryRecords(data)
    place = TopicPartition("topic", 0)
    found = list(fetcher.PartitionRecords(place, records, [], since, None, None, True, 0))
    assert [record.offset for record in found] == list(range(since, 9))
    alike = {id(record.headers.names) for record in found if record.headers[0][0] == "good"}
    assert len(alike) <= 2, "the names of records that were sent alike are kept more than once"
    assert sum(record.headers[0][0] == r"ce_\xff\xfe" for record in found) == (since <= 5)
