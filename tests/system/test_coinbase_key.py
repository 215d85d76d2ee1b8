"""The daemon before a coinbase venue, which here is the simulated exchange in a process of its own."""

from pathlib import Path

import pytest
from tests.system.daemon_process import DaemonProcess, run
from tests.system.exchange_process import Served, served

pytestmark = [pytest.mark.timeout(240), pytest.mark.req("M1")]


def venue(exchange: Served, *more: str) -> list[str]:
    wanted = (
        "app.venue.kind=coinbase",
        f"app.venue.rest_url=http://{exchange.host}",
        f"app.venue.stream_url=ws://{exchange.host}/ws",
        f"app.venue.key=file:{exchange.key_file}",
        *more,
    )
    return [text for each in wanted for text in ("--set", each)]


@pytest.mark.fault("RA-19", "CS-08")
@pytest.mark.parametrize(
    ("permissions", "more", "says"),
    [
        ("view,trade,transfer", (), "it can transfer"),
        ("trade", (), "check that it can view"),
        ("view,trade", ("app.venue.portfolio=00000000-0000-0000-0000-000000000247",), "it belongs to portfolio"),
    ],
    ids=["may move money", "may not view", "of another portfolio"],
)
def test_a_wrong_key_ends_the_start_with_what_is_wrong_with_it(
    tmp_path: Path, permissions: str, more: tuple[str, ...], says: str
) -> None:
    with served(tmp_path, "--permissions", permissions) as exchange:
        done = run(
            "supervise", "--data-dir", str(tmp_path / "data"), "--port", "0", *venue(exchange, *more), cache=tmp_path
        )
    assert done.returncode == 3, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "PRIVATE KEY" not in done.stderr + done.stdout


@pytest.mark.req("D1")
def test_with_the_key_of_its_portfolio_the_daemon_watches_the_market_and_sends_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as exchange:
        options = venue(exchange, f"app.venue.portfolio={exchange.account}")
        with DaemonProcess(tmp_path / "data", *options, mode="dry_run") as daemon:
            daemon.wait_for("an account", lambda: float(daemon.status()["account"]["nlv"]) > 0)
            assert daemon.status()["mode"] == "DRY_RUN"
            assert daemon.stop() == 0
        assert exchange.ask("GET", "/orders/historical/batch").json()["orders"] == []
