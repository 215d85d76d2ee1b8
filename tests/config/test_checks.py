from pathlib import Path

import pytest
from tests.config.loadable import loaded, told, write

from trader247.config.checks import contradictions, is_loopback
from trader247.config.schema import Configuration
from trader247.model.mode import Mode

LIVE = "mode: LIVE\nread_only: false\nvenue:\n  kind: coinbase\n  key: env:KEY\n"


def test_a_silent_configuration_contradicts_itself_nowhere() -> None:
    assert contradictions(Configuration()) == ()


@pytest.mark.req("M1")
def test_live_with_read_only_is_refused(tmp_path: Path) -> None:
    faults = told(write(tmp_path, app=LIVE.replace("read_only: false\n", "")))
    assert faults == ["app.yaml:1:1: mode: LIVE contradicts read_only: true; set read_only: false or another mode"]


@pytest.mark.req("M1")
def test_live_on_the_embedded_exchange_is_refused(tmp_path: Path) -> None:
    faults = told(write(tmp_path, app="mode: LIVE\nread_only: false\n"))
    assert faults == ["app.yaml:1:1: mode: LIVE needs venue.kind: coinbase; the embedded exchange has no money"]


def test_live_without_a_key_is_refused(tmp_path: Path) -> None:
    (fault,) = told(write(tmp_path, app=LIVE.replace("  key: env:KEY\n", "")))
    assert fault.startswith("app.yaml:1:1: mode: LIVE needs venue.key")


def test_live_with_everything_it_needs_is_a_valid_configuration(tmp_path: Path) -> None:
    assert loaded(write(tmp_path, app=LIVE)).configuration.app.mode is Mode.LIVE


def test_paper_needs_the_embedded_exchange_for_now(tmp_path: Path) -> None:
    (fault,) = told(write(tmp_path, app="mode: PAPER\nvenue: {kind: coinbase}\n"))
    assert fault.startswith("app.yaml:1:1: mode: PAPER needs venue.kind: embedded")
    assert loaded(write(tmp_path, app="mode: PAPER\nread_only: false\n")).configuration.app.mode is Mode.PAPER


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "trader.example.org"])  # noqa: S104 (refused)
def test_a_web_face_for_other_machines_needs_a_token(tmp_path: Path, host: str) -> None:
    (fault,) = told(write(tmp_path, app=f"web:\n  host: '{host}'\n"))
    assert fault.startswith(f"app.yaml:2:3: web.host: '{host}' can be reached from other machines: unsafe without")
    loaded(write(tmp_path, app=f"web: {{host: '{host}', token: env:TOKEN}}\n"))
    loaded(write(tmp_path, app=f"web: {{host: '{host}', enabled: false}}\n"))


def test_loopback_is_this_machine_alone() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"))
    assert not any(is_loopback(host) for host in ("", "0.0.0.0", "::", "10.0.0.1", "localhost.example.org"))  # noqa: S104


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rest_url: http://api.coinbase.com", "http:// to another machine is unsafe"),
        ("stream_url: ws://10.0.0.1/x", "ws:// to another machine is unsafe"),
        ("rest_url: ftp://x", "is not a URL of this kind (https://HOST)"),
        ("rest_url: https://", "is not a URL of this kind (https://HOST)"),
        ("rest_url: 'https://[x'", "is not a URL (https://HOST)"),
        ("rest_url: https://x:99999", "is not a URL (https://HOST)"),
        ("{kind: coinbase, speed: 5}", "5 contradicts venue.kind: coinbase"),
    ],
)
def test_an_address_must_be_one_and_be_secure(tmp_path: Path, line: str, expected: str) -> None:
    venue = f" {line}" if line.startswith("{") else f"\n  {line}"
    (fault,) = told(write(tmp_path, app=f"venue:{venue}\n"))
    assert expected in fault


def test_plain_http_to_this_machine_is_allowed(tmp_path: Path) -> None:
    loaded(write(tmp_path, app="venue: {rest_url: 'http://127.0.0.1:8080', stream_url: 'ws://localhost:1/ws'}"))


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("section", "text", "expected"),
    [
        ("policy", "caps:\n  total_pct: 4\n  per_theme_pct: 3\n",
         "policy.yaml:2:3: caps.per_asset_pct: 5 contradicts caps.total_pct: 4 (at most the total)"),
        ("policy", "entry:\n  stop_pct_min: 21\n",
         "policy.yaml:2:3: entry.stop_pct_min: 21 contradicts entry.stop_pct_max: 20 (at most that)"),
        ("policy", "permit:\n  renew_s: 2\n",
         "policy.yaml:2:3: permit.renew_s: 2 contradicts permit.lease_s: 2 (less than that)"),
        ("policy", "loss_limits:\n  daily_stop_pct: 8\n",
         "policy.yaml:2:3: loss_limits.daily_stop_pct: 8 contradicts loss_limits.weekly_stop_pct: 7 (at most that)"),
        ("signals", "cycle:\n  interval_s: 1\n",
         "signals.yaml:2:3: cycle.proposal_deadline_s: 2 contradicts cycle.interval_s: 1 (less than that)"),
        ("universe", "themes:\n  X: [BTC-USDC]\n",
         'universe.yaml:2:7: themes.X.0: BTC-USDC is in no tier, did you mean "BTC-USD"?'),
        ("universe", "never_trade: [Q-EUR]\n",
         "universe.yaml:1:15: never_trade.0: Q-EUR is in no tier; list it in a tier (one that is not enabled will do)"),
        ("universe", "tiers:\n  rotational:\n    symbols: [BTC-USD, LINK-USD, DOGE-USD]\n",
         "universe.yaml:3:15: tiers.rotational.symbols.0: BTC-USD is in tier core already; an instrument has one tier"),
        ("universe", "min_eligible_assets: 6\n",
         ("universe.yaml:1:1: min_eligible_assets: 6 contradicts the tiers: only 5 instruments can ever be eligible, "
          "so no cycle would trade")),
    ],
)  # fmt: skip
def test_each_contradiction_names_both_sides(tmp_path: Path, section: str, text: str, expected: str) -> None:
    assert expected in told(write(tmp_path, **{section: text}))


RULE = "one:\n  enabled: true\n  parameters:\n    rules:\n      breakout:\n        {key}: {value}\n"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("stop_pct", "20", "20 is not less than target_pct: 20; it risks more than it hopes for"),
        ("target_pct", "61", "61 contradicts policy.yaml entry (1.5 <= x <= 60): every such proposal is refused"),
        ("stop_pct", "0.4", "0.4 contradicts policy.yaml entry (0.5 <= x <= 20): every such proposal is refused"),
    ],
)
def test_a_rule_that_could_never_be_traded_is_refused(tmp_path: Path, key: str, value: str, expected: str) -> None:
    folder = write(tmp_path, strategies=RULE.format(key=key, value=value))
    assert told(folder) == [f"strategies.yaml:6:9: one.parameters.rules.breakout.{key}: {expected}"]
    loaded(write(tmp_path, strategies=RULE.format(key=key, value=value).replace("enabled: true", "enabled: false")))


@pytest.mark.req("C1", "STR5")
@pytest.mark.parametrize("kind", ["mean_reversion", "momentum", "breakout"])
def test_a_stop_as_far_as_the_target_risks_more_than_it_hopes_for(tmp_path: Path, kind: str) -> None:
    text = f"one:\n  kind: {kind}\n  enabled: true\n  parameters:\n    stop_atr: 2\n    target_atr: 2\n"
    (fault,) = told(write(tmp_path, strategies=text))
    assert fault.startswith("strategies.yaml:5:5: one.parameters.stop_atr: 2 is not less than target_atr: 2")
    loaded(write(tmp_path, strategies=text.replace("target_atr: 2", "target_atr: 2.1")))


@pytest.mark.req("C1")
def test_contradictions_across_files_are_told_beside_other_faults_but_never_about_faulty_keys(tmp_path: Path) -> None:
    folder = write(tmp_path, app="mode: LIVE\nread_only: maybe\n", policy="caps: {total_pct: 4, per_asset_pct: x}\n")
    faults = told(folder)
    assert not any("LIVE contradicts read_only" in fault for fault in faults)
    assert any("LIVE needs venue.kind" in fault for fault in faults)
    assert any("caps.per_theme_pct: 10 contradicts caps.total_pct: 4" in fault for fault in faults)
    assert not any("caps.per_asset_pct: 5 contradicts" in fault for fault in faults)


def test_a_list_with_a_faulty_item_is_not_compared_with_other_lists(tmp_path: Path) -> None:
    folder = write(tmp_path, universe="never_trade: [5, QQ-EUR]\ntiers: {core: {symbols: [x, BTC-USD]}}\n")
    assert [fault.split(": ")[1] for fault in told(folder)] == ["never_trade.0", "tiers.core.symbols.0"]


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("url", "told_of_it"),
    [
        ("postgresql+psycopg://me@db.example.net/book", "another machine without a verified line is unsafe"),
        ("postgresql+psycopg://me@localhost/book?password=abc", "holds a password (not shown)"),
        ("sqlite:///book.db", "is not the URL of a PostgreSQL server"),
    ],
)
def test_an_address_of_a_database_that_will_not_do_is_told_at_its_line(
    tmp_path: Path, url: str, told_of_it: str
) -> None:
    (fault,) = told(write(tmp_path, app=f"database:\n  url: '{url}'\n"))
    assert fault.startswith("app.yaml:2:3: database.url: ")
    assert told_of_it in fault


@pytest.mark.req("SEC1")
def test_a_password_in_the_address_of_a_database_is_refused_unseen(tmp_path: Path) -> None:
    (fault,) = told(write(tmp_path, app="database:\n  url: 'postgresql+psycopg://me:hunter22@localhost/book'\n"))
    assert "secret in plain text" in fault
    assert "hunter22" not in fault


def test_a_password_without_a_database_on_a_server_is_a_contradiction(tmp_path: Path) -> None:
    (fault,) = told(write(tmp_path, app="database: {password: 'env:DB'}"))
    assert "a file needs no password" in fault
    address = "'postgresql+psycopg://me@localhost/book'"
    terms = loaded(write(tmp_path, app=f"database: {{url: {address}, password: 'env:DB'}}")).configuration.app.database
    assert str(terms.password) == "env:DB"
