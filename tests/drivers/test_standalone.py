"""The exchange on its own: files, messages, a run from start to signal."""

import json
import os
import random
import signal
import socket
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from tests.venues.simulated.faults.plans import on_request, plan

from trader247.drivers.standalone import Standalone, read_key_file, read_plan_file, serve_alone, write_key_file
from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.auth import make_key

KEY = make_key(random.Random(3))
SMALL = ("generated:products=BTC-USD",)


class Listener:
    """Notes the lines, asks for the time once the exchange is ready, and tells it to stop."""

    def __init__(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.lines: list[str] = []
        self._how = how

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("ready"):
            os.kill(os.getpid(), self._how)

    def said(self, word: str) -> str:
        (line,) = [each for each in self.lines if each.startswith(word)]
        return line.removeprefix(word).strip()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_whose_account_it_has_and_stops_when_told(how: signal.Signals) -> None:
    listener = Listener(how)
    funds = {"USD": Decimal("12.50"), "BTC": Decimal(0)}
    serve_alone(Standalone(markets=SMALL, funds=funds, key_text=KEY, permissions=("view",)), listener)
    assert listener.said("REST").endswith("/api/v3/brokerage")
    assert listener.said("WebSocket").endswith("/ws")
    assert listener.said("key") == json.loads(KEY)["name"] + " (view)"
    assert listener.said("account").endswith(": 12.5 USD, 0 BTC")
    assert listener.lines[-1] == f"stopped: {how.name}"
    assert not any("PRIVATE" in line for line in listener.lines)


def test_without_a_key_it_says_that_only_public_paths_answer_and_off_loopback_it_warns() -> None:
    listener = Listener()
    serve_alone(Standalone(host="0.0.0.0", markets=SMALL, plan=plan()), listener)  # noqa: S104 - what is tested
    assert listener.said("key").startswith("none")
    assert listener.said("warning")
    assert listener.said("faults") == "0 in the plan"
    assert listener.lines[-1] == "stopped: SIGTERM; faults injected: none"


def test_at_a_multiple_of_real_time_it_says_so() -> None:
    listener = Listener()
    serve_alone(Standalone(markets=SMALL, speed=60.0), listener)
    assert "60 x real time" in listener.said("market")


def test_a_taken_port_and_a_strange_host_are_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationInvalid, match=rf"cannot listen on 127.0.0.1:{port}: .*in use; choose another"):
            serve_alone(Standalone(port=port, markets=SMALL), Listener())
    with pytest.raises(ConfigurationInvalid, match="is no address"):
        serve_alone(Standalone(host="no.such.host.invalid", markets=SMALL), Listener())


def test_a_plan_that_does_not_fit_the_market_starts_nothing() -> None:
    listener = Listener()
    unfit = plan(on_request("product_mode", product="ETH-USD", mode="offline"))
    with pytest.raises(ConfigurationInvalid, match="ETH-USD, not traded here"):
        serve_alone(Standalone(markets=SMALL, plan=unfit), listener)
    assert listener.lines == []


def test_a_key_is_made_once_for_its_owners_eyes_and_read_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    text = write_key_file(path, random.Random(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write_key_file(path, random.Random(2)).strip() == text
    assert read_key_file(path).strip() == text
    with pytest.raises(ConfigurationInvalid, match="cannot be written"):
        write_key_file(tmp_path / "no" / "folder.json", random.Random(1))


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"the key file .*none.json cannot be read: No such file"):
        read_key_file(tmp_path / "none.json")
    for content, text in ((b"\xff\xfe", "is no text"), (b" " * 1_100_000, "is larger than")):
        (tmp_path / "plan.json").write_bytes(content)
        with pytest.raises(ConfigurationInvalid, match=text):
            read_plan_file(tmp_path / "plan.json")


def test_a_plan_file_is_named_in_every_complaint(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"version": 1, "faults": [{"on": "request", "nth": 1, "kind": "explode"}]}')
    with pytest.raises(ConfigurationInvalid, match=r"plan.json: faults\[0\].kind: \"explode\" is not allowed"):
        read_plan_file(path)


def test_a_key_file_that_is_none_starts_nothing() -> None:
    with pytest.raises(ConfigurationInvalid, match="the API key cannot be read"):
        serve_alone(Standalone(markets=SMALL, key_text="{}"), Listener())


def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path(os.devnull)):
        with pytest.raises(ConfigurationInvalid, match="is no plain file"):
            read_key_file(path)
    with pytest.raises(ConfigurationInvalid, match="is no plain file"):
        write_key_file(tmp_path / "fifo", random.Random(1))
    with pytest.raises(ConfigurationInvalid, match="Is a directory"):
        read_plan_file(tmp_path)


def test_a_market_that_names_its_seed_is_shown_with_that_one_only() -> None:
    listener = Listener()
    serve_alone(Standalone(markets=("generated:seed=3,products=BTC-USD",)), listener)
    assert listener.said("market") == "BTC-USD (generated:seed=3,products=BTC-USD)"


def test_a_wrong_key_and_a_wrong_market_are_told_together() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"the API key cannot be read.*; market 'nope' is not understood"):
        serve_alone(Standalone(markets=("nope",), key_text="{}"), Listener())
