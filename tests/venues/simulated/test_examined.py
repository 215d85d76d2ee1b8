"""What is odd about a file that can be read."""

import pytest
from attrs import evolve
from tests.drivers.backtest.worlds import START, made

from trader247.model.instant import DAY, SECOND, Instant
from trader247.venues.simulated.examined import examined
from trader247.venues.simulated.recorded_files import Recording

pytestmark = pytest.mark.req("BT1")

LATER = Instant(START + 30 * DAY)


def told(recording: Recording, now: Instant = LATER) -> list[tuple[bool, str]]:
    return [(each.serious, each.text) for each in examined(recording, now)]


def test_a_whole_file_has_nothing_odd() -> None:
    assert told(made("BTC-USD", 1, 1.0)) == []


def test_holes_are_told_with_the_longest_first() -> None:
    whole = made("BTC-USD", 1, 0.1)
    bars = [*whole.bars[:10], *whole.bars[11:20], *whole.bars[50:]]
    found = told(evolve(whole, bars=bars, missing=31, gaps=2))
    assert found == [
        (False, "31 bars of 60 s are missing in 2 gaps"),
        (False, "nothing from 2026-09-27T00:20:00Z to 2026-09-27T00:50:00Z"),
        (False, "nothing from 2026-09-27T00:10:00Z to 2026-09-27T00:11:00Z"),
    ]


def test_a_wick_that_nobody_near_it_closed_at_is_wrong_and_a_fall_that_stays_is_not() -> None:
    whole = made("BTC-USD", 1, 0.1)
    bars = list(whole.bars)
    bars[70] = bars[70]._replace(low=bars[70].low // 2)
    for number in range(90, len(bars)):
        bar = bars[number]
        bars[number] = bar._replace(open=bar.open // 2, high=bar.high // 2, low=bar.low // 2, close=bar.close // 2)
    found = told(evolve(whole, bars=bars))
    assert [serious for serious, _ in found] == [True]
    assert "2026-09-27T01:10:00Z: open, high, low, close" in found[0][1]


def test_bars_without_volume_are_counted() -> None:
    whole = made("BTC-USD", 1, 0.1)
    quiet = [bar._replace(volume=0) if number % 2 else bar for number, bar in enumerate(whole.bars)]
    assert told(evolve(whole, bars=quiet))[0][1].startswith("72 of 144 bars have no volume")


def test_a_time_that_has_not_come_or_never_was_is_wrong() -> None:
    whole = made("BTC-USD", 1, 1.0)
    assert told(whole, START)[0] == (
        True,
        "ends at 2026-09-28T00:00:00Z, which has not come yet: another zone?",
    )
    assert told(evolve(whole, first=Instant(5 * SECOND)))[0][0] is True
