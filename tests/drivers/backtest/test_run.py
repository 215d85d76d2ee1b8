"""One run: its timetable, its end, and that nothing but data and seed has a say in it."""

import os
import subprocess
import sys

import pytest
from tests.drivers.backtest.worlds import START, backtested, busy, configured, epoch_of, exchange, fills, made, orders

from trader247.drivers.backtest.run import Backtest
from trader247.model.instant import DAY, HOUR, Instant

pytestmark = pytest.mark.req("BT1")

SCRIPT = """
from tests.drivers.backtest.worlds import *
with busy() as config:
    end = made("BTC-USD", 3).end
    found = backtested(config, exchange([made("BTC-USD", 3), made("SOL-USD", 3)], 2.0), end)
print(fills(found), orders(found), verdicts(found), found.nlv, found.equity, sorted(found.fired.items()))
"""


def test_two_processes_with_other_hashes_say_the_same_to_the_last_byte() -> None:
    said = []
    for hashes in ("1", "2"):
        place = os.environ | {"PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=place, timeout=100, check=True, capture_output=True)
        said.append(done.stdout)
    assert said[0] == said[1]
    assert len(said[0]) > 10_000


def test_books_that_are_laid_only_where_an_order_is_make_no_difference() -> None:
    recordings = [made("BTC-USD", 3), made("SOL-USD", 3)]
    with busy() as config:
        lazy, eager = (
            backtested(config, exchange(recordings, 2.0, lays_books=lays_books), recordings[0].end)
            for lays_books in (False, True)
        )
    assert len(lazy.fills) > 20
    assert fills(lazy) == fills(eager)
    assert orders(lazy) == orders(eager)


def test_a_cycle_is_due_each_minute_and_the_run_ends_with_the_data() -> None:
    recording = made("BTC-USD", 1, 8.5)
    test = Backtest(configured(), exchange([recording], 3.0), recording.end, epoch=epoch_of(1))
    found = test.run()
    assert test.cycles == found.cycles == 180
    assert Instant(recording.end - HOUR) < test.now <= recording.end


def test_a_run_that_is_stopped_ends_at_the_next_cycle_with_what_it_has() -> None:
    recording = made("BTC-USD", 1, 8.5)
    test = Backtest(configured(), exchange([recording], 3.0), recording.end, epoch=epoch_of(1))
    found = test.run(lambda: test.stop() if test.cycles == 60 else None)
    assert found.cycles == 60
    assert test.now < START + 8.5 * DAY - HOUR
    assert found.equity
