"""The pages of a backtest and of a study in a real browser."""

import json
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call
from tests.config.loadable import SHIPPED
from tests.drivers.backtest.samples import candle_file
from tests.drivers.backtest.worlds import EAGER
from tests.system.browser import browsing
from tests.tools import needed

from trader247.cli.run_figures import figures_of

NARROW_PX = 400


@pytest.mark.req("BT2", "BT6")
@pytest.mark.timeout(240)
def test_a_narrow_page_is_not_wider_than_its_window_and_says_what_the_terminal_says(tmp_path: Path) -> None:
    chromium = needed("chromium", "chromium")
    data, report = candle_file(tmp_path), tmp_path / "run.json"
    words = ["--data", str(data), "--config", str(SHIPPED), *(word for each in EAGER for word in ("--set", each))]
    words += ["--from", "2026-10-05T00:00:00Z", "--to", "2026-10-05T01:00:00Z"]
    done = call("backtest", "run", *words, "--report", str(report), "--html", str(tmp_path / "run.html"))
    assert done.exit_code == 0, done.output
    stop = "strategies.baseline.parameters.rules.breakout.stop_pct=3,4"
    done = call("backtest", "sweep", *words, "--param", stop, "--jobs", "1", "--html", str(tmp_path / "sweep.html"))
    assert done.exit_code == 0, done.output
    with browsing(chromium, tmp_path / "browser") as page:
        page.resize(NARROW_PX)
        for name, heading in (("run", "Round trips"), ("sweep", "Trials")):
            page.open(f"file://{tmp_path / name}.html")
            shown = page.wait_for(heading)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name}.html"
            if name == "run":
                for figure, value, _ in figures_of(json.loads(report.read_text())):
                    # PnL leads with its percent there, and a gain has no sign
                    wanted = figure if figure == "PnL" else f"{value.removeprefix('+')}\n{figure}\n"
                    assert wanted in shown, shown
