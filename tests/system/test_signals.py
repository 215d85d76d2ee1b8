"""Somebody else's signals on a real daemon: over real HTTP and through the folder, once each, in DRY_RUN."""

import json
import time
from pathlib import Path

import httpx
import pytest
from tests.config.loadable import SHIPPED, write
from tests.system.daemon_process import DaemonProcess, loaded, run

from trader247.model.instant import from_seconds, rfc3339
from trader247.web.signals import signature_of

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

SECRET = "a-secret-of-some-length-for-a-test"
STRATEGY = """
copy:
  kind: external
  enabled: true
  parameters: {symbols: [BTC-USD, ETH-USD], secret: "env:COPY_SECRET"}
"""


def configured(folder: Path) -> Path:
    """The shipped files, with cycles in a hurry and the copying strategy alone."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.yaml")}
    return write(folder, **{**files, "strategies": STRATEGY})


def signal(name: str, symbol: str) -> bytes:
    now = rfc3339(from_seconds(time.time()))
    content = {"id": name, "symbol": symbol, "side": "BUY", "notional_pct": 1.5, "issued_at": now}
    return json.dumps(content).encode()


def post(port: int, body: bytes, secret: str = SECRET) -> httpx.Response:
    stamp = str(int(time.time()))
    signed = signature_of(secret.encode(), "m-1", stamp, body)
    headers = {"content-type": "application/json", "webhook-id": "m-1", "webhook-timestamp": stamp}
    url = f"http://127.0.0.1:{port}/api/v1/signals/copy"
    return httpx.post(url, content=body, headers={**headers, "webhook-signature": signed})


@pytest.mark.req("STR5", "WEB1", "SE1")
def test_a_signal_by_webhook_and_one_by_file_become_orders_once_each(tmp_path: Path) -> None:
    folder, drop = configured(tmp_path / "config"), tmp_path / "data" / "signals" / "copy"
    hurry = ("cycle.interval_s=2", "cycle.jitter_pct=0", "cycle.proposal_deadline_s=1")
    sets = [*(f"signals.{each}" for each in hurry), "policy.pacing.min_spacing_s=0"]
    options = ("--config", str(folder), *(word for each in sets for word in ("--set", each)))
    with DaemonProcess(tmp_path / "data", *options, mode=None, environ={"COPY_SECRET": SECRET}) as daemon:
        daemon.until_ready()
        port = int(daemon.text().partition("http://127.0.0.1:")[2].partition("/")[0])
        body = signal("w-1", "BTC-USD")
        assert post(port, body, "another-secret-of-some-length").status_code == 401
        first, again = post(port, body), post(port, body)
        assert (first.status_code, again.status_code) == (200, 200), first.text
        assert first.json() == again.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert post(port, signal("w-2", "DOGE-USD")).status_code == 422
        (drop / "f-1.tmp").write_bytes(signal("f-1", "ETH-USD"))
        (drop / "f-1.tmp").rename(drop / "f-1.json")
        daemon.wait_for("the file among the done", (drop / "done" / "f-1.json").exists)
        daemon.until_written("signal w-1")
        daemon.until_written("signal f-1")
        orders = daemon.ask("/api/v1/orders")["orders"]
        assert sorted((order["symbol"], order["why"]) for order in orders) == [
            ("BTC-USD", "signal w-1"),
            ("ETH-USD", "signal f-1"),
        ]
        assert daemon.stop() == 0
        assert SECRET not in daemon.text()
    kept = run("audit", "export", "--data-dir", str(tmp_path / "data"), cache=tmp_path)
    assert kept.stdout.count('"signal_received"') == 2, kept.stdout[-2_000:]
    assert kept.stdout.count('"signal_refused"') == 1
    assert loaded(run("audit", "verify", "--data-dir", str(tmp_path / "data"), "--json", cache=tmp_path))["intact"]
