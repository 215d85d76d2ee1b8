"""The numbers for Prometheus."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.board_samples import (
    BTC,
    RULES,
    alert,
    answered,
    at,
    board,
    cycle,
    everything,
    fill,
    halted,
    healthy,
    order,
    order_changed,
    permit,
    portfolio,
    position,
    refused,
    trigger,
)
from tests.core.breaker_samples import breaker_line
from tests.signal_samples import signal
from tests.tree_samples import group, tree, worker

from trader247.core.status_board import BoardFact
from trader247.messages.breakers import BreakerChanged, BreakersListed, BreakerState
from trader247.messages.control import HaltCleared
from trader247.messages.orders import TrimEnded, TrimOutcome
from trader247.messages.trading import RiskReason, SignalReceived, SignalRefused
from trader247.model.ids import StrategyName
from trader247.model.order import OrderStatus, Side
from trader247.observe.meters import Vocabulary
from trader247.observe.metrics import Metrics

pytestmark = pytest.mark.req("OB2")

WORDS = Vocabulary(
    strategies=frozenset({"baseline"}),
    endpoints=frozenset({"create_order"}),
    breakers=frozenset({"orders"}),
)


def metrics(*facts: BoardFact) -> Metrics:
    made = Metrics(WORDS)
    for fact in facts:
        made.observe(fact)
    return made


def value(of: Metrics, name: str, **labels: str) -> float | None:
    return of.registry.get_sample_value(name, labels)


def test_the_portfolio_becomes_gauges() -> None:
    seen = metrics(portfolio(nlv="97000", positions=(position(),), working=(order(),)))
    assert value(seen, "trader_account_value_usd") == 97000
    assert value(seen, "trader_daily_pnl_pct") == -3
    assert value(seen, "trader_max_drawdown_pct") == 3
    assert value(seen, "trader_open_positions") == 1
    assert value(seen, "trader_pending_orders") == 1
    assert value(seen, "trader_exposure_pct", type="total") == pytest.approx(0.7765, abs=1e-4)


def test_the_largest_drawdown_of_the_run_stays() -> None:
    seen = metrics(portfolio(nlv="95000"), portfolio(nlv="99000"))
    assert value(seen, "trader_max_drawdown_pct") == 5


def test_fills_and_ends_of_orders_are_counted_once_each() -> None:
    seen = metrics(
        fill(1),
        fill(2, Side.SELL),
        order_changed(order(1, OrderStatus.FILLED)),
        order_changed(order(1, OrderStatus.FILLED)),
        order_changed(order(2, OrderStatus.EXPIRED)),
        order_changed(order(3, OrderStatus.REJECTED, reason="insufficient_funds: 3 USD short")),
        order_changed(order(4, OrderStatus.OPEN)),
    )
    assert value(seen, "trader_fills_total", side="BUY") == 1
    assert value(seen, "trader_fill_ratio") == pytest.approx(1 / 3)
    assert value(seen, "trader_order_rejections_total", reason="insufficient_funds") == 1


def test_every_cycle_without_a_trade_and_every_refusal_has_its_reason() -> None:
    seen = metrics(
        cycle(1, no_trade="no trigger fired"),
        cycle(2, triggers=(trigger(),), no_trade="no strategy wanted to trade on what fired"),
        cycle(3, no_trade="1 eligible instruments, at least 2 are wanted"),
        cycle(4, proposals=1),
        refused(rule="asset_cap"),
    )
    for reason in ("no_trigger", "no_proposal", "empty_universe", "asset_cap"):
        assert value(seen, "trader_no_trade_total", reason=reason) == 1, reason
    assert value(seen, "trader_cycle_duration_seconds_count") == 4


@pytest.mark.req("STR2")
def test_a_strategy_has_its_own_numbers() -> None:
    seen = metrics(answered(proposals=3), answered(skipped="skipped (disabled)"), cycle(silent=(RULES,)))
    assert value(seen, "trader_strategy_proposals_total", strategy="baseline") == 3
    assert value(seen, "trader_strategy_skips_total", strategy="baseline") == 2
    assert value(seen, "trader_strategy_duration_seconds_sum", strategy="baseline") == 0.0021


@pytest.mark.req("STR5")
def test_signals_are_counted_by_strategy_and_by_what_became_of_them() -> None:
    mine = StrategyName("baseline")
    told = SignalReceived(signal(strategy=mine))
    seen = metrics(told, told, SignalRefused(mine, "a-1", "webhook", "too late"))
    assert value(seen, "trader_signals_total", strategy="baseline", outcome="taken") == 2
    assert value(seen, "trader_signals_total", strategy="baseline", outcome="refused") == 1


def test_guards_permits_and_the_halt_are_read_when_scraped() -> None:
    facts = (permit(clock="drift"), halted())
    seen = metrics(*facts)
    seen.refresh(board(*facts), tree(), {"cycle": 2}, 0.25, at(1))
    assert value(seen, "trader_permit_guard", guard="clock") == 0
    assert value(seen, "trader_permit_guard", guard="feed") == 1
    assert value(seen, "trader_permit_granted", grade="entry") == 0
    assert value(seen, "trader_permit_granted", grade="exit") == 1
    assert value(seen, "trader_halted") == 1
    assert value(seen, "trader_loop_lag_seconds") == 0.25
    seen.observe(HaltCleared("ok", "operator", at(2)))
    assert value(seen, "trader_halted") == 0


@pytest.mark.req("SUP7")
def test_the_tree_is_read_when_scraped_and_restarts_only_grow() -> None:
    seen = metrics()
    for _ in range(2):
        seen.refresh(board(*healthy()), tree(), {"market_feed": 2}, 0.0, at(0))
    assert value(seen, "trader_actor_up", actor="journal") == 1
    assert value(seen, "trader_actor_up", actor="cycle") == 0
    assert value(seen, "trader_actor_restarts_total", actor="market_feed") == 2
    assert value(seen, "trader_mailbox_depth", actor="market_feed") == 3
    assert value(seen, "trader_mailbox_oldest_seconds", actor="market_feed") == 0.25
    assert value(seen, "trader_dead_letters_total", actor="market_feed") == 2


def test_calls_to_the_venue_are_timed_and_failures_in_a_row_counted() -> None:
    seen = metrics()
    for status in ("ok", "500", "429", "timeout", "gated"):
        seen.on_call("create_order", status, 0.02)
    assert value(seen, "exchange_api_consecutive_errors") == 3
    assert value(seen, "exchange_api_errors_total", error_type="http_5xx") == 1
    assert value(seen, "exchange_api_errors_total", error_type="rate_limit") == 1
    assert value(seen, "exchange_api_errors_total", error_type="timeout") == 1
    assert value(seen, "exchange_api_latency_seconds_count", endpoint="create_order", status="5xx") == 1
    seen.on_call("create_order", "200", 0.02)
    assert value(seen, "exchange_api_consecutive_errors") == 0


def test_the_other_hooks_reach_their_meters() -> None:
    seen = metrics(alert())
    seen.on_rate_limit("private", 0.8)
    seen.on_trim("trimmed")
    seen.on_stage("rule", 0.001)
    seen.on_delivery("failed")
    assert value(seen, "exchange_rate_limit_utilization", channel="private") == 0.8
    assert value(seen, "trader_trim_attempts_total", outcome="trimmed") == 1
    assert value(seen, "trader_stage_duration_seconds_count", stage="rule") == 1
    assert value(seen, "trader_alert_deliveries_total", outcome="failed") == 1
    assert value(seen, "trader_alerts_total", severity="WARNING") == 1


@pytest.mark.req("CB2")
def test_a_breaker_shows_its_state_and_counts_how_often_it_opened() -> None:
    seen = metrics()
    opened = breaker_line(state=BreakerState.OPEN)
    seen.observe(BreakerChanged(opened, BreakerState.CLOSED))
    seen.observe(BreakersListed((opened,)))
    assert value(seen, "trader_circuit_breaker_state", breaker="orders") == 2
    probed = breaker_line(state=BreakerState.HALF_OPEN)
    seen.observe(BreakerChanged(probed, BreakerState.OPEN))
    seen.observe(BreakersListed((probed,)))
    assert value(seen, "trader_circuit_breaker_state", breaker="orders") == 1
    assert value(seen, "trader_circuit_breaker_trips_total", breaker="orders") == 1


@given(st.lists(st.text(max_size=30), min_size=1, max_size=40))
def test_no_text_of_the_outside_makes_a_new_series(hostile: list[str]) -> None:
    seen = metrics(*everything())
    before = _series(seen)
    for text in hostile:
        seen.observe(refused(rule=f"x{text}"))
        seen.observe(cycle(no_trade=f"x{text}"))
        seen.observe(answered(StrategyName(f"x{text}")))
        seen.observe(order_changed(order(5, OrderStatus.REJECTED, reason=f"x{text}")))
        seen.on_call(f"x{text}", f"x{text}", 0.1)
        seen.observe(BreakersListed((breaker_line(breaker=f"x{text}"),)))
        seen.on_stage(f"x{text}", 0.1)
    grown = _series(seen) - before
    assert all("other" in labels for _, labels in grown)
    assert len(grown) < 60


def _series(of: Metrics) -> set[tuple[str, tuple[str, ...]]]:
    return {
        (sample.name, tuple(v for k, v in sorted(sample.labels.items()) if k != "le"))
        for family in of.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_a_tree_without_end_is_cut() -> None:
    seen = Metrics(Vocabulary(actors_max=3))
    seen.refresh(board(), group("root", *(worker(f"w{n}") for n in range(10))), {}, 0.0, at(0))
    assert len([labels for name, labels in _series(seen) if name == "trader_actor_up"]) == 4


def test_a_scrape_is_text_that_prometheus_reads() -> None:
    seen = metrics(*everything())
    seen.refresh(board(*everything()), tree(), {}, 0.0, at(0))
    families = {family.name for family in text_string_to_metric_families(seen.scrape().decode())}
    assert {"trader_account_value_usd", "trader_no_trade", "exchange_api_latency_seconds"} <= families


def test_a_refusal_with_a_structured_reason_counts_by_its_rule_only() -> None:
    reason = RiskReason("theme_cap", "text of any kind", limit_pct=Decimal(10))
    assert value(metrics(evolve(refused(), reason=reason)), "trader_no_trade_total", reason="theme_cap") == 1


@pytest.mark.req("R3")
def test_every_trim_is_counted_by_what_came_of_it() -> None:
    seen = metrics(*(TrimEnded(BTC, outcome, "") for outcome in (*TrimOutcome, TrimOutcome.FAILED)))
    counted = {
        outcome.value: value(seen, "trader_trim_attempts_total", outcome=outcome.value) for outcome in TrimOutcome
    }
    assert counted == {"trimmed": 1, "failed": 2, "dust": 1}
