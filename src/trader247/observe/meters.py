"""Every metric by name: its kind, its labels with all the values they may take, and its meaning.

This table makes the registry and the reference page (docs/reference/metrics.md). A label's values are a closed set; a
value outside it is counted as ``other``, so nothing that comes over a wire can grow the number of series. Names of the
earlier system are kept (source: decision rules, "Metric names").
"""

from typing import Final

from attrs import frozen

from trader247.errors import Failure
from trader247.messages.control import Guard
from trader247.messages.reconciling import DifferenceKind
from trader247.model.mode import Grade
from trader247.model.order import Side

__all__ = ["CYCLE_REASONS", "LABELS", "LABEL_NAMES", "METERS", "OTHER", "Meter", "Vocabulary", "reference_page"]

OTHER: Final = "other"


@frozen
class Vocabulary:
    """The label values that this installation adds: names from its configuration and its client, fixed at start."""

    strategies: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()
    breakers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset({"public", "private"})
    actors_max: int = 200


@frozen
class Meter:
    """``kind`` is gauge, counter or histogram; ``labels`` are names of ``LABELS``."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


REFUSAL_REASONS: Final = frozenset(
    {
        *("books_not_ready", "proposal_bounds", "min_conviction", "shorting_disallowed", "product_disabled"),
        *("staleness", "spread", "order_in_doubt", "cooldown", "cooldown_after_stop", "pacing", "never_trade"),
        *("total_cap", "asset_cap", "theme_cap", "tier_cap", "position_cap", "strategy_cap", "min_notional"),
        *("not_tradable", "not_placeable", "not_trading", "approval_replayed", "approval_expired", "not_in_universe"),
        *("regime", "not_eligible", "depth", "slippage", "strategy_breaker"),
        *("cooldown_after_win", "cooldown_after_loss", "loss_streak", "adds", "banned", "volatility"),
    }
)
"""The rules of the arbiter, the integrator, the order manager and the entry desk that may stop a proposal."""

CYCLE_REASONS: Final[dict[str, str]] = {
    "no trigger": "no_trigger",
    "no strategy wanted": "no_proposal",
    "no strategy is configured": "no_strategy",
    "every strategy was skipped (breaker open)": "strategy_breaker",
    "every strategy was skipped": "skipped",
    "halted": "halted",
    "trading state": "trading_state",
    "no entry permit": "no_permit",
    "no permit": "no_permit",
    "the books": "books_not_ready",
    "history": "warming_up",
    "it came too late": "late",
}
"""How the sentence begins with which a cycle says why it did not trade, and the reason it is counted under."""

LABELS: Final[dict[str, frozenset[str]]] = {
    "type": frozenset({"total", "position", "working"}),
    "side": frozenset(side.value for side in Side),
    "guard": frozenset(guard.value for guard in Guard),
    "grade": frozenset(grade.value for grade in Grade),
    "outlier": frozenset({"jump", "spread", "mean"}),
    "no_trade": REFUSAL_REASONS | frozenset(CYCLE_REASONS.values()) | {"empty_universe"},
    "rejection": frozenset(failure.value for failure in Failure),
    "error_type": frozenset(
        {*(failure.value for failure in Failure), "timeout", "network", "http_4xx", "http_5xx", "unsent", "lost"}
    ),
    "status": frozenset(
        {
            "ok",
            "2xx",
            "3xx",
            "4xx",
            "5xx",
            "429",
            "error",
            "unsent",
            "gated",
            "lost",
            *(failure.value for failure in Failure),
        }
    ),
    "difference": frozenset(kind.value for kind in DifferenceKind),
    "severity": frozenset({"INFO", "WARNING", "CRITICAL"}),
    "stage": frozenset({"snapshot", "deliberate", "integrate", "rule", "cycle"}),
    "outcome": frozenset({"trimmed", "failed", "dust"}),
    "channel_outcome": frozenset({"delivered", "failed"}),
    "signal_outcome": frozenset({"taken", "refused"}),
}
"""The closed sets that do not depend on the installation."""

METERS: Final[tuple[Meter, ...]] = (
    Meter("trader_account_value_usd", "gauge", "NLV: cash and positions at mid, in USD"),
    Meter("trader_daily_pnl_pct", "gauge", "change of NLV since the UTC day began, in percent"),
    Meter("trader_max_drawdown_pct", "gauge", "largest drawdown from the high-water mark seen by this run, in percent"),
    Meter("trader_exposure_pct", "gauge", "worst-case exposure in percent of NLV", ("type",)),
    Meter("trader_open_positions", "gauge", "positions held"),
    Meter("trader_pending_orders", "gauge", "orders that are working or not settled"),
    Meter("trader_orders_in_doubt", "gauge", "orders whose outcome nobody knows"),
    Meter(
        "trader_reconcile_differences_total",
        "counter",
        "differences between our books and the venue's when they were first seen; most are repaired by the next pass",
        ("difference",),
    ),
    Meter("trader_reconcile_standing", "gauge", "differences that two passes in a row showed", ("difference",)),
    Meter("trader_external_orders", "gauge", "working orders of the account that are not ours"),
    Meter("trader_fills_total", "counter", "fills booked", ("side",)),
    Meter("trader_fill_ratio", "gauge", "orders that filled, of those that ended, in this run"),
    Meter("trader_order_rejections_total", "counter", "orders the venue rejected, by kind of refusal", ("rejection",)),
    Meter("trader_no_trade_total", "counter", "cycles without a trade and proposals refused, by reason", ("no_trade",)),
    Meter("trader_ticks_rejected_total", "counter", "ticks not believed at first, by what was wrong", ("outlier",)),
    Meter("trader_cycle_duration_seconds", "histogram", "time from the start of a cycle to its end"),
    Meter("trader_stage_duration_seconds", "histogram", "time of one stage of a cycle", ("stage",)),
    Meter("trader_strategy_proposals_total", "counter", "proposals made", ("strategy",)),
    Meter("trader_strategy_duration_seconds", "histogram", "time a strategy took for one cycle", ("strategy",)),
    Meter("trader_strategy_skips_total", "counter", "cycles in which a strategy was skipped or silent", ("strategy",)),
    Meter("trader_strategy_quarantined", "gauge", "1 while the strategy is not asked any more", ("strategy",)),
    Meter(
        "trader_signals_total", "counter", "external signals, by what became of them", ("strategy", "signal_outcome")
    ),
    Meter("trader_trim_attempts_total", "counter", "attempts to trim an exposure that is over its cap", ("outcome",)),
    Meter("trader_alerts_total", "counter", "alerts raised or escalated", ("severity",)),
    Meter("trader_alert_deliveries_total", "counter", "deliveries of alerts through a channel", ("channel_outcome",)),
    Meter("trader_halted", "gauge", "1 while the halt latch is tripped"),
    Meter("trader_permit_granted", "gauge", "1 while an unexpired permit of this grade exists", ("grade",)),
    Meter("trader_permit_guard", "gauge", "1 where the guard says yes", ("guard",)),
    Meter("trader_circuit_breaker_state", "gauge", "0 closed, 1 half open, 2 open", ("breaker",)),
    Meter("trader_circuit_breaker_trips_total", "counter", "times the breaker opened", ("breaker",)),
    Meter("trader_actor_up", "gauge", "1 while the actor is up", ("actor",)),
    Meter("trader_actor_restarts_total", "counter", "restarts of the actor in this run", ("actor",)),
    Meter("trader_mailbox_depth", "gauge", "messages that wait", ("actor",)),
    Meter("trader_mailbox_oldest_seconds", "gauge", "age of the oldest message that waits", ("actor",)),
    Meter("trader_dead_letters_total", "counter", "messages that ended their actor", ("actor",)),
    Meter("trader_loop_lag_seconds", "gauge", "how late the event loop's heartbeat is"),
    Meter("exchange_api_latency_seconds", "histogram", "time of one request to the venue", ("endpoint", "status")),
    Meter("exchange_api_errors_total", "counter", "requests that failed", ("error_type",)),
    Meter("exchange_api_consecutive_errors", "gauge", "requests that failed since the last that did not"),
    Meter("exchange_rate_limit_utilization", "gauge", "share of the rate limit in use, 0 to 1", ("channel",)),
)

LABEL_NAMES: Final = {
    "difference": "kind",
    "no_trade": "reason",
    "rejection": "reason",
    "outlier": "reason",
    "channel_outcome": "outcome",
    "signal_outcome": "outcome",
}
"""Where the name a scrape shows is not the name of the set: two sets may share a label name."""


def reference_page() -> str:
    """The reference page, as Markdown."""
    lines = [
        "# Metrics",
        "",
        "Served at `/metrics` in the Prometheus text format. Generated from `src/trader247/observe/meters.py`.",
        "Every label takes its values from a closed set; anything else is counted as `other`.",
        "",
        "| metric | kind | labels | meaning |",
        "|---|---|---|---|",
    ]
    for meter in METERS:
        labels = ", ".join(f"`{LABEL_NAMES.get(label, label)}`" for label in meter.labels)
        lines.append(f"| `{meter.name}` | {meter.kind} | {labels} | {meter.help} |")
    lines += ["", "## Label values", "", "| label set | used by | values |", "|---|---|---|"]
    for label, values in LABELS.items():
        users = ", ".join(f"`{meter.name}`" for meter in METERS if label in meter.labels)
        lines.append(f"| {LABEL_NAMES.get(label, label)} | {users} | {', '.join(sorted(values))} |")
    for label, source in (
        ("strategy", "the strategies of strategies.yaml"),
        ("actor", "the workers of the supervision tree"),
        ("endpoint", "the endpoints the client uses"),
        ("breaker", "the breakers this installation has"),
        ("channel", "the scopes of the rate limiter"),
    ):
        users = ", ".join(f"`{meter.name}`" for meter in METERS if label in meter.labels)
        lines.append(f"| {label} | {users} | {source} |")
    return "\n".join(lines) + "\n"
