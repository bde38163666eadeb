from datetime import UTC, datetime

import pytest

from labeling.teacher.pace import Bucket, Patience, retry_after


def test_a_burst_goes_at_once_and_then_one_for_each_share_of_the_minute() -> None:
    bucket = Bucket(60, burst=3)
    assert [bucket.take(100.0) for _ in range(5)] == [0, 0, 0, 1, 2]


def test_a_bucket_fills_up_again_but_not_over() -> None:
    bucket = Bucket(60, burst=2)
    waits = [bucket.take(now) for now in (0.0, 0.0, 0.0, 1000.0, 1000.0, 1000.0)]
    assert waits == [0, 0, 1, 0, 0, 1]


def test_requests_over_an_hour_do_not_pass_the_rate() -> None:
    bucket, now, sent = Bucket(30, burst=4), 0.0, []
    while now < 3600:
        now += bucket.take(now)
        sent.append(now)
    busiest = max(sum(start <= at < start + 60 for at in sent) for start in sent)
    assert busiest <= 30 + 4


def test_the_server_can_hold_everybody() -> None:
    bucket = Bucket(60, burst=2)
    bucket.hold(20.0)
    bucket.hold(15.0)
    assert (bucket.held(10.0), bucket.held(20.0)) == (10.0, 0.0)


def test_waits_double_up_to_the_longest_and_jitter_takes_half_at_most() -> None:
    patience = Patience(first_wait=1.0, longest_wait=5.0)
    assert [patience.wait(attempt, jitter=0.0) for attempt in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert patience.wait(2, jitter=1.0) == 1.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("Wed, 25 Nov 2026 12:00:30 GMT", 30.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(said: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert retry_after({"retry-after": said}, now=now) == seconds
    assert retry_after({}, now=now) is None
