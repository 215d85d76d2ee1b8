"""The drawings of when each trigger fired are those the daemon's own code makes of the recordings."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.recordings import recorded

from trader247.config.loading import load
from trader247.model.instant import MINUTE, SECOND
from trader247.model.signals import TriggerKind
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import Recording

pytestmark = pytest.mark.req("S1")

ROOT = Path(__file__).resolve().parent.parent


def _charts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trigger_charts", ROOT / "docs" / "trigger_charts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # attrs looks its annotations up there
    spec.loader.exec_module(module)
    return module


charts = _charts()


def test_every_drawing_and_its_numbers_are_made_again_from_the_recordings() -> None:
    for window in charts.WINDOWS:
        recorded(f"{window.file}.csv.gz")
    made = charts.drawn(load(ROOT / "config", environ={}).configuration.signals)
    page = charts.PAGE.read_text(encoding="utf-8")
    assert made.pop("windows") in page, "out of date: python docs/trigger_charts.py"
    assert made == {path.name: path.read_text(encoding="utf-8") for path in charts.DRAWINGS.iterdir()}


def test_every_trigger_of_the_baseline_has_a_drawing_with_a_mark_on_it() -> None:
    drawn = {path.stem for path in charts.DRAWINGS.glob("*.svg")}
    others = {TriggerKind.MEAN_REVERSION.value, TriggerKind.EMA_CROSS.value}
    assert drawn == {kind.value for kind in TriggerKind} - others
    for path in charts.DRAWINGS.glob("*.svg"):
        assert "<circle" in path.read_text(encoding="utf-8"), path.name


def test_a_minute_that_nothing_traded_in_is_flat_at_the_close_before_it() -> None:
    bars = [Bar(60, 100, 110, 90, 105, 7), Bar(240, 105, 105, 104, 104, 3)]
    found = Recording("made", "BTC-USD", 0, 0, 60 * SECOND, 300 * SECOND, span_s=60, bars=bars)  # type: ignore[arg-type]
    told = [(each.start // MINUTE, each.close, each.volume) for each in charts.minutes(found, 0, 10 * MINUTE)]
    assert told == [(1, 105.0, 7.0), (2, 105.0, 0.0), (3, 105.0, 0.0), (4, 104.0, 3.0)]
