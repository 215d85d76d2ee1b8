from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_seconds, instant, rfc3339, seconds

_FIRST = instant("0001-01-01T00:00:00Z")
_LAST = instant("9999-12-31T23:59:59.999999999Z")
instants = st.integers(_FIRST, _LAST).map(Instant)


@given(instants)
def test_an_instant_printed_to_the_nanosecond_reads_back_as_itself(at: Instant) -> None:
    assert instant(rfc3339(at, 9)) == at


@given(instants, st.integers(0, 9))
def test_fewer_digits_cut_and_never_round_up(at: Instant, digits: int) -> None:
    step = 10 ** (9 - digits)
    assert instant(rfc3339(at, digits)) == at - at % step


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14 * 60 + 1, 14 * 60 - 1))
def test_an_instant_is_the_same_whatever_zone_it_is_told_in(when: datetime, zone_min: int) -> None:
    sign = "-" if zone_min < 0 else "+"
    offset = f"{sign}{abs(zone_min) // 60:02d}:{abs(zone_min) % 60:02d}"
    there = when.replace(tzinfo=None).isoformat()
    since = when - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(minutes=zone_min)
    expected = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
    assert instant(f"{there}{offset}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:01Z", SECOND),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T18:30:00-05:30", 0),
        ("2000-02-29T00:00:00.5Z", 951_782_400 * SECOND + SECOND // 2),
    ],
)
def test_rfc_3339_in_its_variants_is_read_exactly(text: str, expected: int) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-09-27",
        "2026-09-27T10:15:30",
        "2026-02-30T10:15:30Z",
        "2026-09-27T24:00:00Z",
        "2026-09-27T23:59:60Z",
        "2026-09-27T10:15:30.Z",
        "2026-09-27T10:15:30.1234567891Z",
        "2026-09-27T10:15:30+0100",
        "2026-09-27T10:15:30+24:00",
        "2026-09-27T10:15:30+01:60",
        " 2026-09-27T10:15:30Z",
        "2026-09-27T10:15:30Z\n",
        "٢026-09-27T10:15:30Z",
        "1790000000",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_a_text_that_is_no_zoned_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


def test_the_zero_time_of_other_peoples_programs_prints_with_four_digits_of_year() -> None:
    assert rfc3339(instant("0001-01-01T00:00:00Z"), 0) == "0001-01-01T00:00:00Z"
    assert rfc3339(instant("0001-01-01T00:00:00.25Z")) == "0001-01-01T00:00:00.250000Z"


@given(st.integers(0, 10**11))
def test_whole_unix_seconds_are_exact(unix_s: int) -> None:
    assert from_seconds(unix_s) == unix_s * SECOND


def test_a_fraction_of_a_second_is_taken_to_the_nearest_nanosecond() -> None:
    assert from_seconds(1.5) == 1_500_000_000
    assert from_seconds(-0.25) == -250_000_000


@pytest.mark.parametrize("unix_s", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_instant(unix_s: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        from_seconds(unix_s)


def test_the_units_follow_from_one_another() -> None:
    assert (MINUTE, HOUR, DAY) == (60 * SECOND, 3600 * SECOND, 86_400 * SECOND)
    assert seconds(1_500_000_000) == 1.5
