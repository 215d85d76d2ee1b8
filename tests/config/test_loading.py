import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.config.loadable import SHIPPED, loaded, told, write

from trader247.config.building import Deprecation
from trader247.config.faults import ConfigurationFaults
from trader247.config.folder import shipped_folder
from trader247.config.loading import load
from trader247.config.schema import SECTIONS, Configuration
from trader247.model.mode import Mode
from trader247.model.policy_strategies import KINDS

KNOWN = ", ".join([*sorted(KINDS), "path:...", "entry:..."])


@pytest.mark.req("C1", "M1")
def test_five_empty_files_are_the_defaults_and_send_nothing(tmp_path: Path) -> None:
    found = loaded(write(tmp_path))
    assert found.configuration == Configuration()
    assert found.configuration.app.mode is Mode.DRY_RUN
    assert found.configuration.app.read_only


@pytest.mark.req("C1")
@pytest.mark.parametrize("section", SECTIONS)
def test_a_missing_file_is_told_with_its_folder_and_where_to_copy_it_from(tmp_path: Path, section: str) -> None:
    folder = write(tmp_path)
    (folder / f"{section}.yaml").unlink()
    (fault,) = told(folder)
    assert fault.startswith(f"{section}.yaml: the file is missing from {folder}; all five must be there")
    assert str(shipped_folder()) in fault


@pytest.mark.req("C1")
def test_a_missing_folder_is_five_missing_files(tmp_path: Path) -> None:
    assert len(told(tmp_path / "nowhere")) == 5


@pytest.mark.req("C1")
def test_the_faults_of_all_files_are_told_at_once_with_file_line_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        app="mode: LIVE\nred_only: true\n",
        policy="caps:\n\n    total_pct: 250\n",
        universe="themes: {MEME: [DOGE-USDX]}\n",
        signals="cycle: {interval_s: 0}\ncycle: {}\n",
        strategies="x: {kind: magic}\n",
    )
    assert told(folder) == [
        "app.yaml:1:1: mode: LIVE contradicts read_only: true; set read_only: false or another mode",
        "app.yaml:1:1: mode: LIVE needs venue.kind: coinbase; the embedded exchange has no money",
        'app.yaml:2:1: red_only: unknown key, did you mean "read_only"?',
        "policy.yaml:3:5: caps.total_pct: 250 is not allowed (0 < x <= 100, and unsafe over 50)",
        "signals.yaml:1:9: cycle.interval_s: 0 is not allowed (1 <= x <= 86400)",
        "signals.yaml:2:1: the key 'cycle' stands twice (first on line 1)",
        f"strategies.yaml:1:5: x.kind: 'magic' is no kind of strategy (known: {KNOWN})",
        'universe.yaml:1:17: themes.MEME.0: DOGE-USDX is in no tier, did you mean "DOGE-USD"?',
    ]


def test_a_deprecated_key_stops_the_start(tmp_path: Path) -> None:
    folder = write(tmp_path, policy="max_risk: 5\n")
    deprecated = {("policy", "max_risk"): Deprecation("0.3", "caps.total_pct")}
    assert told(folder, deprecated=deprecated) == [
        "policy.yaml:1:1: max_risk: is deprecated since 0.3; write caps.total_pct instead"
    ]


# ---------------------------------------------------------------------------------------------------------- overrides
@pytest.mark.parametrize(
    "name",
    ["TRADER247_POLICY__CAPS__TOTAL_PCT", "trader247_policy__caps__total_pct", "Trader247_Policy__Caps__Total_Pct"],
)
def test_an_environment_override_is_found_whatever_its_case(tmp_path: Path, name: str) -> None:
    found = loaded(write(tmp_path), {name: "12.5"})
    assert str(found.configuration.policy.caps.total_pct) == "12.5"
    assert str(found.origins["policy", "caps", "total_pct"]) == f"environment {name}"


def test_an_override_may_be_a_list_or_below_a_name(tmp_path: Path) -> None:
    environ = {
        "TRADER247_UNIVERSE__NEVER_TRADE": "[DOGE-USD]",
        "TRADER247_UNIVERSE__THEMES__meme": "[DOGE-USD]",
        "TRADER247_STRATEGIES__BASELINE__ENABLED": "false",
    }
    configuration = loaded(SHIPPED, environ).configuration
    assert configuration.universe.never_trade == ("DOGE-USD",)
    assert configuration.universe.themes["MEME"] == ("DOGE-USD",)
    assert not configuration.strategies["baseline"].enabled


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TRADER247_POLICY__CAPS__TOTL_PCT": "5"},
         'environment TRADER247_POLICY__CAPS__TOTL_PCT: caps.totl_pct: unknown key, did you mean "total_pct"?'),
        ({"TRADER247_POLCY__CAPS": "5"},
         "environment TRADER247_POLCY__CAPS: unknown section (one of app, policy, universe, signals, strategies)"),
        ({"TRADER247_APP_MODE": "LIVE"},
         ("environment TRADER247_APP_MODE: is no override; separate section and keys by two underscores "
         "(TRADER247_APP__MODE)")),
        ({"TRADER247_APP__": "1"}, "environment TRADER247_APP__: names no key of app.yaml"),
        ({"TRADER247_POLICY__CAPS__TOTAL_PCT": "250"},
         ("environment TRADER247_POLICY__CAPS__TOTAL_PCT: caps.total_pct: 250 is not allowed (0 < x <= 100,"
          " and unsafe over 50)")),
        ({"TRADER247_POLICY__CAPS__TOTAL_PCT": "[5"},
         "environment TRADER247_POLICY__CAPS__TOTAL_PCT: not valid YAML: expected ',' or ']', but got '<stream end>'"),
    ],
)  # fmt: skip
def test_a_faulty_environment_override_stops_the_start(tmp_path: Path, environ: dict[str, str], expected: str) -> None:
    assert told(write(tmp_path), environ) == [expected]


def test_variables_that_are_no_overrides_are_left_alone(tmp_path: Path) -> None:
    loaded(write(tmp_path), {"TRADER247_TEST_DATA": "/x", "TRADER247_CONFIG": "/y", "PATH": "/bin", "APP__MODE": "z"})


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("policy.caps.total_pct", "command line policy.caps.total_pct: is no override (SECTION.KEY=VALUE)"),
        (
            "caps.total_pct=5",
            "command line caps.total_pct: unknown section (one of app, policy, universe, signals, strategies)",
        ),
        ("app=5", "command line app: names no key of app.yaml"),
        ("app..mode=5", "command line app..mode: names no key of app.yaml"),
        ("app.mod=LIVE", 'command line app.mod: mod: unknown key, did you mean "mode"?'),
    ],
)
def test_a_faulty_command_line_override_stops_the_start(tmp_path: Path, override: str, expected: str) -> None:
    assert told(write(tmp_path), None, override) == [expected]


# ------------------------------------------------------------------------------------------------------------ secrets
TOKEN = "3q2-7wX9fK1LmN8pQ5rS2tU4vW6xY0zAbCdEfGhIjKlMn"


@pytest.mark.req("SEC1")
@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    "line",
    [
        f"data_dir: {TOKEN}",
        f"unknown: '{TOKEN}'",
        f"# token: {TOKEN}",
        f"{TOKEN}: 1",
        f"venue: {{key: {TOKEN}}}",
        f'web:\n  token: "{TOKEN}"',
        f"venue:\n  rest_url: https://me:{TOKEN[:12]}@host",
        f"venue:\n  key: |\n    -----BEGIN EC PRIVATE KEY-----\n    {TOKEN}\n    -----END EC PRIVATE KEY-----",
        f"venue:\n  key: -----BEGIN EC PRIVATE KEY-----\\n{TOKEN}",
        f"venue: {{key: {TOKEN[:12]}}}",
    ],
)
def test_a_secret_in_plain_text_stops_the_start_and_is_never_shown(tmp_path: Path, section: str, line: str) -> None:
    faults = told(write(tmp_path, **{section: line + "\n"}))
    assert faults
    assert not any(TOKEN[:12] in fault or TOKEN[-12:] in fault for fault in faults)
    if section == "app":
        assert any("env:NAME, file:PATH or cred:NAME" in fault for fault in faults)


@pytest.mark.req("SEC1")
def test_a_secret_in_an_override_stops_the_start_and_is_never_shown(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (by_environment,) = told(folder, {"TRADER247_APP__WEB__TOKEN": TOKEN})
    (by_command_line,) = told(folder, None, f"app.web.token={TOKEN}")
    for fault in (by_environment, by_command_line):
        assert "web.token: seems to hold a secret in plain text" in fault
        assert TOKEN[:8] not in fault


@pytest.mark.req("SEC1")
def test_a_secret_is_told_once_with_its_full_key_where_it_is_known(tmp_path: Path) -> None:
    (fault,) = told(write(tmp_path, app=f"web:\n  token: {TOKEN}\n"))
    assert fault.startswith(
        "app.yaml:2:3: web.token: seems to hold a secret in plain text (a long base64 token, not shown)"
    )


# -------------------------------------------------------------------------------------------------------------- fuzz
LINES = [line for section in SECTIONS for line in (SHIPPED / f"{section}.yaml").read_text().splitlines()]
SNIPPETS = [
    "", "a: 1", "  b: 2", "- x", "{", "]", "'", '"', "&a", "*a", "!!x y", "---", "...", "%YAML 1.1", "\t", "? a", ": b",
    "mode: LIVE", "caps: 5", "caps: []", "tiers: {core: {symbols: 5}}", "symbols: [BTC-USD, BTC-USD]", "key: [a]",
    "total_pct: 1e999", "total_pct: -0", "seed: 99999999999999999999999999999", "themes: {A: [X-Y]}", "x: {kind: [1]}",
    "baseline: {kind: rules, parameters: {rules: {breakout: 3}}}", "profile: day", "<<: {a: 1}", TOKEN, "\u2028",
    "é: ü", "supervision: {fast: {restarts: x}}", "parameters: null", "kind: null", "fast:", "never_trade: ",
]  # fmt: skip


@st.composite
def broken(draw: st.DrawFn, section: str) -> str:
    """A shipped file with some lines dropped, doubled, moved, indented, cut or replaced."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    lines = (SHIPPED / f"{section}.yaml").read_text().splitlines() if rng.random() < 0.8 else []
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(lines))
        choice = rng.randint(0, 5)
        if choice == 0 and at < len(lines):
            lines[at] = "  " + lines[at]
        elif choice == 1 and at < len(lines):
            lines[at] = lines[at][: rng.randint(0, len(lines[at]))]
        elif choice == 2 and at < len(lines):
            key = lines[at].partition(":")[0]
            lines[at] = f"{key}: {rng.choice(SNIPPETS)}"
        elif choice == 3:
            lines.insert(at, rng.choice(LINES))
        else:
            lines.insert(at, rng.choice(["", "  ", "    "]) + rng.choice(SNIPPETS))
    return "\n".join(lines)


@pytest.mark.req("C1")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.fixed_dictionaries({section: st.none() | broken(section) for section in SECTIONS}))
def test_whatever_stands_in_the_files_they_load_or_are_refused_with_file_and_line(
    tmp_path: Path, texts: dict[str, str | None]
) -> None:
    folder = write(tmp_path / "config", **{section: text for section, text in texts.items() if text is not None})
    try:
        load(folder, environ={})
    except ConfigurationFaults as error:
        for fault in error.faults:
            assert Path(fault.place.source).parent == folder or fault.place.source.startswith("profile"), fault
            assert fault.place.line >= 1, fault
            assert TOKEN not in str(fault)


# ----------------------------------------------------------------------------------------------------- shipped files
@pytest.mark.req("C1", "M1")
def test_the_shipped_files_are_valid_and_equal_the_defaults_with_the_baseline_switched_on() -> None:
    found = loaded(SHIPPED).configuration
    silent = Configuration()
    assert (found.app, found.policy) == (silent.app, silent.policy)
    assert (found.universe, found.signals) == (silent.universe, silent.signals)
    assert [name for name, strategy in found.strategies.items() if strategy.enabled] == ["baseline"]
    assert shipped_folder() == SHIPPED.resolve()


@pytest.mark.parametrize("section", SECTIONS)
def test_no_line_of_the_shipped_files_is_longer_than_a_wide_terminal(section: str) -> None:
    assert max(len(line) for line in (SHIPPED / f"{section}.yaml").read_text().splitlines()) <= 160
