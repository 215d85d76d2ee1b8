"""The table of metrics and the page made from it."""

import os
from pathlib import Path

import pytest

from trader247.observe.meters import LABELS, METERS, Vocabulary, reference_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"

KEPT = [
    "trader_exposure_pct",
    "trader_open_positions",
    "trader_pending_orders",
    "trader_fill_ratio",
    "trader_fills_total",
    "trader_order_rejections_total",
    "trader_circuit_breaker_state",
    "trader_circuit_breaker_trips_total",
    "exchange_api_errors_total",
    "exchange_api_consecutive_errors",
    "exchange_api_latency_seconds",
    "exchange_rate_limit_utilization",
    "trader_no_trade_total",
    "trader_cycle_duration_seconds",
    "trader_stage_duration_seconds",
    "trader_account_value_usd",
    "trader_daily_pnl_pct",
    "trader_max_drawdown_pct",
    "trader_trim_attempts_total",
    "trader_actor_up",
    "trader_actor_restarts_total",
    "trader_mailbox_depth",
    "trader_mailbox_oldest_seconds",
    "trader_dead_letters_total",
    "trader_halted",
    "trader_permit_guard",
    "trader_permit_granted",
    "trader_loop_lag_seconds",
]


@pytest.mark.req("OB2")
def test_the_names_users_already_graph_are_kept() -> None:
    assert set(KEPT) <= {meter.name for meter in METERS}


def test_every_name_is_there_once_and_says_its_unit_or_that_it_counts() -> None:
    names = [meter.name for meter in METERS]
    assert len(set(names)) == len(names)
    for meter in METERS:
        assert (meter.kind == "counter") == meter.name.endswith("_total")
        assert (meter.kind == "histogram") == meter.name.endswith("_duration_seconds") or "latency" in meter.name


def test_every_label_has_a_closed_set_or_a_place_in_the_vocabulary() -> None:
    of_installation = {"strategy", "endpoint", "breaker", "channel", "actor"}
    assert {label for meter in METERS for label in meter.labels} <= set(LABELS) | of_installation
    assert Vocabulary().channels == {"public", "private"}


def test_the_reference_page_is_up_to_date() -> None:
    if os.environ.get("TRADER247_WRITE_PAGES"):
        PAGE.write_text(reference_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference_page(), (
        "docs/reference/metrics.md differs from the code: run this test with TRADER247_WRITE_PAGES=1"
    )
