"""The dashboard in a real browser, on a real daemon."""

from pathlib import Path

import pytest
from tests.system.browser import browsing
from tests.system.daemon_process import DaemonProcess
from tests.tools import needed


@pytest.mark.req("SUP7", "WEB1")
@pytest.mark.timeout(240)
def test_the_page_fills_itself_and_follows_a_halt_by_itself(tmp_path: Path) -> None:
    chromium = needed("chromium", "chromium")
    with DaemonProcess(tmp_path / "data") as daemon, browsing(chromium, tmp_path / "browser") as page:
        daemon.until_ready()
        url = next(line for line in daemon.text().splitlines() if '"dashboard"' in line).split("http")[1].split('"')[0]
        page.open(f"http{url}")
        shown = page.wait_for("market feed")
        for word in ("ACTIVE", "PAPER", "kill switch", "reconciler", "order gateway"):
            assert word in shown, shown
        (tmp_path / "data" / "KILL_SWITCH").write_text("seen in the browser\n")
        assert "seen in the browser" in page.wait_for("HALTED")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            "the page is wider than it is"
        )
        assert daemon.stop() == 0
