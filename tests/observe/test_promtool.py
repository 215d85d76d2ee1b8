"""What is scraped, judged by Prometheus's own tool."""

import subprocess

import pytest
from tests.board_samples import everything
from tests.tools import needed

from trader247.observe.metrics import Metrics


@pytest.mark.req("OB2")
def test_promtool_finds_nothing_wrong_with_the_metrics() -> None:
    promtool = needed("promtool", "prometheus")
    metrics = Metrics()
    for fact in everything():
        metrics.observe(fact)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=metrics.scrape(), capture_output=True, check=False, timeout=30
    )
    assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()
