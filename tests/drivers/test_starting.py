"""Everything before the event loop that needs no process of its own."""

import io
import logging
import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from tests.builders import START
from tests.config.loadable import SHIPPED, loaded, write

from trader247.config.loading import Loaded
from trader247.config.schema import App, LogLevel, LogTerms
from trader247.drivers.live import Start
from trader247.drivers.starting import (
    SPEED_MAX,
    TOKEN_FILE,
    Wishes,
    _market,
    _pace,
    _refuse_live,
    _signal_secrets,
    _token,
    prepare,
)
from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid, RefusedByGate
from trader247.model.instant import SECOND
from trader247.model.mode import Mode
from trader247.observe.redaction import Redactor
from trader247.venues.simulated.market_spec import open_market


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def configured(folder: Path, *overrides: str) -> Loaded:
    return loaded(SHIPPED, None, f"app.data_dir={folder}", "app.web.port=0", *overrides)


def app(*overrides: str) -> App:
    return loaded(SHIPPED, None, *overrides).configuration.app


def started(stack: ExitStack, config: Loaded, **wishes: float) -> Start:
    return prepare(stack, config, Wishes(**wishes), {}, io.StringIO())  # type: ignore[arg-type]


@pytest.mark.req("M1")
def test_live_is_refused_with_the_list_of_what_is_missing_and_nothing_is_made(tmp_path: Path) -> None:
    live = app("app.mode=LIVE", "app.read_only=false", "app.venue.kind=coinbase", "app.venue.key=env:KEY")
    with pytest.raises(RefusedByGate, match="rehearsal, kill-switch drill, canary, alert delivery, clock, secrets"):
        _refuse_live(live)
    assert list(tmp_path.iterdir()) == []
    for mode in ("DRY_RUN", "PAPER"):
        _refuse_live(app(f"app.mode={mode}"))


@pytest.mark.req("WEB1", "SEC1")
def test_the_token_file_is_made_once_for_this_user_only(tmp_path: Path) -> None:
    first = _token(app(), tmp_path, {})
    path = tmp_path / TOKEN_FILE
    assert len(first) >= 40
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == f"{first}\n"
    assert _token(app(), tmp_path, {}) == first


@pytest.mark.fault("DB-12")
@pytest.mark.req("WEB1")
@pytest.mark.parametrize("left", ["", "\n"])
def test_a_token_file_that_was_left_empty_is_made_anew_and_never_taken_for_a_token(tmp_path: Path, left: str) -> None:
    (tmp_path / TOKEN_FILE).write_text(left)
    made = _token(app(), tmp_path, {})
    assert len(made) >= 40
    assert (tmp_path / TOKEN_FILE).stat().st_mode & 0o777 == 0o600
    assert _token(app(), tmp_path, {}) == made


@pytest.mark.req("SEC1")
def test_a_configured_token_is_read_from_where_it_is_and_leaves_no_file(tmp_path: Path) -> None:
    assert _token(app("app.web.token=env:TOKEN"), tmp_path, {"TOKEN": "x" * 40}) == "x" * 40
    assert list(tmp_path.iterdir()) == []


def test_time_is_scaled_only_where_the_market_can_be() -> None:
    market = open_market("generated", start=START)
    assert _pace(app(), None, replayed=False) is None
    assert _pace(app(), market, replayed=False) is None
    replayed = _pace(app(), market, replayed=True)
    fast = _pace(app("app.venue.speed=60"), market, replayed=False)
    unbounded = _pace(app(f"app.venue.speed={SPEED_MAX:g}"), market, replayed=False)
    assert [pace.speed for pace in (replayed, fast, unbounded) if pace is not None] == [1, 60, math.inf]


def test_only_the_embedded_venue_has_a_market_of_its_own() -> None:
    market = _market(app(), START)
    assert market is not None
    assert market.start <= START
    assert _market(app("app.venue.kind=coinbase"), START) is None


def test_a_start_has_everything_and_gives_all_of_it_back(tmp_path: Path) -> None:
    config = configured(tmp_path, "app.mode=PAPER")
    with ExitStack() as stack:
        start = started(stack, config, duration_s=60.0)
        assert start.mode is Mode.PAPER
        assert start.embedded is not None
        assert start.halted is None
        assert start.until is not None
        assert abs(start.until - start.clock.now().utc - 60 * SECOND) < 10 * SECOND
        assert start.source.loaded.fingerprint == config.fingerprint
        assert start.settings.token == (tmp_path / TOKEN_FILE).read_text().strip()
        assert start.settings.port > 0
        epoch = start.epoch
    with ExitStack() as stack:
        assert started(stack, config).epoch != epoch


@pytest.mark.parametrize(("products", "said"), [("BTC-USD+LTC-USD", "not traded: LTC-USD"), ("BTC-USD+ETH-USD", "")])
def test_what_a_market_has_and_no_tier_trades_is_named_at_the_start(tmp_path: Path, products: str, said: str) -> None:
    out = io.StringIO()
    with ExitStack() as stack:
        config = configured(tmp_path, f"app.venue.market=generated:products={products}")
        prepare(stack, config, Wishes(), {}, out)
    assert said in out.getvalue()
    assert ("not traded" in out.getvalue()) == bool(said)


@pytest.mark.req("SI1")
def test_a_second_start_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    config = configured(tmp_path)
    with ExitStack() as first, ExitStack() as second:
        start = started(first, config)
        with pytest.raises(AnotherInstanceRuns, match="single-instance lock"):
            started(second, config)
        assert start.disk.unsettled() == ()


@pytest.mark.req("SI1")
def test_a_start_that_fails_late_leaves_the_lock_free(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"app\.venue\.key is missing"), ExitStack() as stack:
        started(stack, configured(tmp_path, "app.venue.kind=coinbase"))
    with ExitStack() as stack:
        started(stack, configured(tmp_path / "other"))
    with pytest.raises(ConfigurationInvalid), ExitStack() as stack:
        started(stack, configured(tmp_path, "app.venue.kind=coinbase"))


@pytest.mark.req("SEC1")
def test_the_secrets_of_a_start_are_redacted_wherever_they_turn_up(tmp_path: Path) -> None:
    with ExitStack() as stack:
        start = started(stack, configured(tmp_path))
        told = str(start.redactor.value({"text": f"Bearer {start.settings.token}"}))
        assert start.settings.token not in told


@pytest.mark.req("SUP6")
def test_a_start_knows_how_to_read_the_same_configuration_again(tmp_path: Path) -> None:
    config = configured(tmp_path, "policy.caps.total_pct=12")
    with ExitStack() as stack:
        source = started(stack, config).source
        assert source.read().fingerprint == config.fingerprint
        assert source.fit(config.configuration) == config.configuration
        source.set_log(LogTerms(level=LogLevel.ERROR))
        assert not structlog.get_logger().is_enabled_for(logging.WARNING)


# --------------------------------------------------------------------------------------------------- senders of signals
def keys(text: str, environ: dict[str, str], tmp_path: Path) -> dict[str, bytes]:
    config = loaded(write(tmp_path, strategies=text)).configuration
    return _signal_secrets(config, Redactor(), environ)


_SENDER = "{name}: {{kind: external, enabled: {enabled}, parameters: {{secret: 'env:{secret}'}}}}\n"


@pytest.mark.req("WEB1", "SEC1")
def test_the_secrets_of_senders_are_read_for_strategies_that_are_on(tmp_path: Path) -> None:
    on = _SENDER.format(name="one", enabled="true", secret="ONE")
    off = _SENDER.format(name="two", enabled="false", secret="TWO")
    assert keys(on + off, {"ONE": "k" * 24}, tmp_path) == {"one": b"k" * 24}
    with pytest.raises(ConfigurationInvalid, match="ONE"):
        keys(on, {}, tmp_path)
    with pytest.raises(ConfigurationInvalid, match=r"strategies\.one\.parameters\.secret env:ONE: it is shorter"):
        keys(on, {"ONE": "short"}, tmp_path)


@pytest.mark.req("WEB1")
def test_two_strategies_cannot_share_a_secret(tmp_path: Path) -> None:
    """Else a signal for the one could be sent again to the other."""
    both = "".join(_SENDER.format(name=name, enabled="true", secret=name.upper()) for name in ("one", "two"))
    with pytest.raises(ConfigurationInvalid, match=r"strategies\.two and strategies\.one share a secret"):
        keys(both, {"ONE": "k" * 24, "TWO": "k" * 24}, tmp_path)
    assert len(keys(both, {"ONE": "k" * 24, "TWO": "j" * 24}, tmp_path)) == 2
