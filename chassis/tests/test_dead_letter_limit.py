"""A few bad records are set aside; a storm of them stops the partition."""

import pytest

from chassis.consumer.limit import IN_A_ROW, DeadLetterLimit, TooManyDeadLetters
from chassis.consumer.ordering import plan
from chassis.consumer.received import Received

from .test_ordering import event


def test_bad_records_among_good_ones_are_admitted() -> None:
    batch = [event("k", n, "bad" if n % 10 == 0 else None) for n in range(1, 200)]
    assert DeadLetterLimit().admit(batch) == len(batch)


def test_a_run_of_bad_records_is_cut_off_at_the_limit() -> None:
    batch = [event("k", n, "bad") for n in range(1, 100)]
    assert DeadLetterLimit().admit(batch) == IN_A_ROW


def test_what_is_buried_already_counts_as_read_before() -> None:
    batch = [event("k", 1, "bad") for _ in range(100)]
    nameless = [Received(one.record, None, problem="bad", buried=True) for one in batch]
    assert DeadLetterLimit().admit(nameless) == len(nameless)
    assert plan(nameless, {}).duplicate == len(nameless)


def test_a_run_goes_on_from_batch_to_batch() -> None:
    limit = DeadLetterLimit()
    batch = [event(f"k{n}", 1, "bad") for n in range(IN_A_ROW)]
    limit.passed(plan(batch, {}))
    assert limit.admit(batch) == 0


def test_handlers_that_fail_one_after_another_stop_the_partition() -> None:
    limit = DeadLetterLimit()
    for n in range(IN_A_ROW):
        limit.failed()
        limit.failed()  # as when the database was away while it was buried
        limit.passed(plan([event(f"k{n}", 1)], {}, bury=True))
    with pytest.raises(TooManyDeadLetters):
        limit.failed()


def test_a_share_of_bad_records_stops_the_partition_too() -> None:
    batch = [event("k", n, "bad" if n % 3 == 0 else None) for n in range(1, 400)]
    assert DeadLetterLimit().admit(batch) < len(batch)
