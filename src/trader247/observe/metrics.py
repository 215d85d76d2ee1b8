"""The numbers of the daemon for Prometheus, in a registry of its own.

Facts move the counters as they pass (``observe``); what is a state and not an event (the tree, the permit, the loop's
lag) is read when somebody scrapes (``refresh``). Both only touch memory. No label takes a value outside its closed set.
"""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from trader247.core.status_board import BoardFact, StatusBoard
from trader247.messages.breakers import BreakerChanged, BreakersListed, BreakerState
from trader247.messages.control import AlertChanged, AlertState, HaltCleared, HaltTripped, PermitRenewed
from trader247.messages.market import QuoteRejected
from trader247.messages.orders import FillBooked, OrderChanged, PortfolioChanged, TrimEnded
from trader247.messages.reconciling import AccountCompared, DifferenceKind
from trader247.messages.trading import CycleFinished, ProposalRefused, ProposalsMade, SignalReceived, SignalRefused
from trader247.model.ids import ClientOrderId
from trader247.model.instant import Moment
from trader247.model.mode import Grade
from trader247.model.money import HUNDRED
from trader247.model.order import Order, OrderStatus
from trader247.observe.meters import CYCLE_REASONS, LABEL_NAMES, LABELS, METERS, OTHER, Meter, Vocabulary
from trader247.runtime.snapshot import Node

__all__ = ["Metrics"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_FAST_S: Final = (0.0005, 0.001, 0.002, 0.004, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0)
_CALL_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BREAKER_STATES: Final = {BreakerState.CLOSED: 0.0, BreakerState.HALF_OPEN: 1.0, BreakerState.OPEN: 2.0}


class Metrics:
    """All meters of one daemon. Safe to read from another thread while the event loop updates it."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        """``vocabulary`` are the label values that depend on the installation."""
        words = vocabulary or Vocabulary()
        self.registry = CollectorRegistry(auto_describe=False)
        self._known: dict[str, frozenset[str]] = {
            **LABELS,
            "strategy": words.strategies,
            "endpoint": words.endpoints,
            "breaker": words.breakers,
            "channel": words.channels,
        }
        self._actors_max = words.actors_max
        self._actors: set[str] = set()
        self._gauges: dict[str, Gauge] = {}
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        for meter in METERS:
            self._make(meter)
        self._labels = {meter.name: meter.labels for meter in METERS}
        self._ended: dict[ClientOrderId, OrderStatus] = {}
        self._filled = self._over = 0
        self._errors_in_a_row = 0
        self._drawdown_pct_max = 0.0
        self._shown: dict[tuple[str, tuple[str, ...]], float] = {}
        self._restarts: dict[str, int] = {}
        self._dead: dict[str, int] = {}

    def _make(self, meter: Meter) -> None:
        names = tuple(LABEL_NAMES.get(label, label) for label in meter.labels)
        if meter.kind == "gauge":
            self._gauges[meter.name] = Gauge(meter.name, meter.help, names, registry=self.registry)
        elif meter.kind == "counter":
            self._counters[meter.name] = Counter(meter.name, meter.help, names, registry=self.registry)
        else:
            buckets = _CALL_S if meter.name.startswith("exchange") else _FAST_S
            self._histograms[meter.name] = Histogram(
                meter.name, meter.help, names, buckets=buckets, registry=self.registry
            )

    def scrape(self) -> bytes:
        """Everything in the text format. Takes some ms; callers on the event loop hand it to a thread."""
        return generate_latest(self.registry)

    # --------------------------------------------------------------------------------------------------- facts
    def observe(self, fact: BoardFact) -> None:
        """Count a fact; facts that no meter is about pass by."""
        match fact:
            case PortfolioChanged():
                self._portfolio(fact)
            case FillBooked():
                self._count("trader_fills_total", fact.fill.side.value)
            case OrderChanged(order):
                self._order(order)
            case QuoteRejected():
                self._count("trader_ticks_rejected_total", fact.reason)
            case TrimEnded():
                self.on_trim(fact.outcome.value)
            case ProposalRefused():
                self._count("trader_no_trade_total", fact.reason.rule, amount=1 + fact.more)
            case ProposalsMade():
                self._answer(fact)
            case CycleFinished():
                self._cycle(fact)
            case SignalReceived(signal):
                self._count("trader_signals_total", signal.strategy, "taken")
            case SignalRefused(strategy=strategy):
                self._count("trader_signals_total", strategy, "refused")
            case AlertChanged() if fact.state is not AlertState.RESOLVED:
                self._count("trader_alerts_total", fact.severity.value)
            case BreakersListed(lines):
                for row in lines:
                    self._set("trader_circuit_breaker_state", _BREAKER_STATES[row.state], row.breaker)
            case BreakerChanged(line=row) if row.state is BreakerState.OPEN:
                self._count("trader_circuit_breaker_trips_total", row.breaker)
            case PermitRenewed():
                for line in fact.panel:
                    self._set("trader_permit_guard", float(line.yes), line.guard.value)
            case AccountCompared():
                self._compared(fact)
            case HaltTripped():
                self._set("trader_halted", 1)
            case HaltCleared():
                self._set("trader_halted", 0)
            case _:
                pass

    def _portfolio(self, folio: PortfolioChanged) -> None:
        if not folio.books_ready:
            return  # the account is not worth nothing, it is not known yet
        nlv, opened, high = folio.nlv, folio.marks.day_open, folio.marks.high_water
        self._set("trader_account_value_usd", float(nlv))
        self._set("trader_daily_pnl_pct", float((nlv - opened) / opened * HUNDRED) if opened > 0 else 0.0)
        drawdown = float((high - nlv) / high * HUNDRED) if high > nlv and high > 0 else 0.0
        self._drawdown_pct_max = max(self._drawdown_pct_max, drawdown)
        self._set("trader_max_drawdown_pct", self._drawdown_pct_max)
        self._set("trader_open_positions", sum(1 for position in folio.positions if position.quantity))
        self._set("trader_pending_orders", len(folio.working))
        self._set("trader_orders_in_doubt", folio.in_doubt)
        position = sum(float(exposure.position) for exposure in folio.exposures)
        working = sum(float(exposure.working) for exposure in folio.exposures)
        for kind, amount in (("position", position), ("working", working), ("total", position + working)):
            self._set("trader_exposure_pct", amount / float(nlv) * 100 if nlv > 0 else 0.0, kind)

    def _compared(self, fact: AccountCompared) -> None:
        for difference in fact.found:
            self._count("trader_reconcile_differences_total", difference.kind.value)
        for kind in DifferenceKind:
            standing = sum(difference.kind is kind for difference in fact.standing)
            self._set("trader_reconcile_standing", standing, kind.value)
        self._set("trader_external_orders", fact.external_orders)

    def _order(self, order: Order) -> None:
        key, status = order.intent.client_order_id, order.status
        if not status.terminal or key in self._ended:
            return
        self._ended[key] = status
        if len(self._ended) > 1_000:  # only to count each end once; a later echo of so old an order is not seen
            self._ended.pop(next(iter(self._ended)))
        self._over += 1
        self._filled += status is OrderStatus.FILLED
        self._set("trader_fill_ratio", self._filled / self._over)
        if status is OrderStatus.REJECTED:
            self._count("trader_order_rejections_total", order.reason.partition(":")[0].strip().lower())

    def _answer(self, made: ProposalsMade) -> None:
        self._set("trader_strategy_quarantined", int(made.quarantined), made.strategy)
        if made.skipped:
            self._count("trader_strategy_skips_total", made.strategy)
            return
        self._count("trader_strategy_proposals_total", made.strategy, amount=len(made.proposals))

    def _cycle(self, cycle: CycleFinished) -> None:
        self._time("trader_cycle_duration_seconds", cycle.took_s)
        for strategy, took_s in cycle.answered:
            self._time("trader_strategy_duration_seconds", took_s, strategy)
        for strategy in cycle.silent:
            self._count("trader_strategy_skips_total", strategy)
        if cycle.proposals:
            return
        self._count("trader_no_trade_total", _reason_of(cycle.no_trade))

    # ------------------------------------------------------------------------------------------------- hooks
    def on_call(self, endpoint: str, status: str, took_s: float) -> None:
        """An attempt at the venue ended: an HTTP status, ``ok``, ``unsent``, ``lost``, ``gated`` or a failure."""
        shown = f"{status[0]}xx" if len(status) == 3 and status.isdecimal() and status != "429" else status
        self._time("exchange_api_latency_seconds", took_s, endpoint, shown)
        if shown == "gated":  # the gate kept it here: neither a success of the venue nor a failure
            return
        if shown in {"ok", "2xx", "3xx"}:
            self._errors_in_a_row = 0
        else:
            self._errors_in_a_row += 1
            kind = {"429": "rate_limit", "4xx": "http_4xx", "5xx": "http_5xx"}.get(shown, shown)
            self._count("exchange_api_errors_total", kind)
        self._set("exchange_api_consecutive_errors", self._errors_in_a_row)

    def on_stage(self, stage: str, took_s: float) -> None:
        """A stage of a cycle ended."""
        self._time("trader_stage_duration_seconds", took_s, stage)

    def on_rate_limit(self, channel: str, used: float) -> None:
        """``used`` is the share of the limit in use, 0 to 1."""
        self._set("exchange_rate_limit_utilization", used, channel)

    def on_trim(self, outcome: str) -> None:
        """An attempt to trim ended."""
        self._count("trader_trim_attempts_total", outcome)

    def on_delivery(self, outcome: str) -> None:
        """An alert was ``delivered`` through a channel, or finally ``failed``."""
        self._count("trader_alert_deliveries_total", outcome)

    # ---------------------------------------------------------------------------------------- read at scrape time
    def refresh(
        self, board: StatusBoard, tree: Node, dead_letters: Mapping[str, int], loop_lag_s: float, now: Moment
    ) -> None:
        """Bring the states up to date: permits, halt, actors, mailboxes, the loop."""
        permit = board.facts.permit.fact if board.facts.permit else None
        for grade in Grade:
            until = None if permit is None else permit.entry_until if grade is Grade.ENTRY else permit.exit_until
            self._set("trader_permit_granted", float(until is not None and now.mono < until), grade.value)
        self._set("trader_halted", float(board.facts.halt is not None))
        self._set("trader_loop_lag_seconds", loop_lag_s)
        for worker in _workers(tree):
            self._worker(worker)
        for actor, total in dead_letters.items():
            self._raise_to("trader_dead_letters_total", self._dead, actor, total)

    def _worker(self, worker: Node) -> None:
        actor = self._actor(worker.name)
        self._set_raw("trader_actor_up", actor, float(worker.state == "up"))
        self._raise_to("trader_actor_restarts_total", self._restarts, worker.name, worker.restarts)
        if worker.mailbox is not None:
            self._set_raw("trader_mailbox_depth", actor, worker.mailbox.depth)
            self._set_raw("trader_mailbox_oldest_seconds", actor, worker.mailbox.oldest_age_s)

    def _actor(self, name: str) -> str:
        """The tree is fixed by the roster; the bound only guards against one that is not."""
        if name not in self._actors and len(self._actors) < self._actors_max:
            self._actors.add(name)
        return name if name in self._actors else OTHER

    def _raise_to(self, meter: str, seen: dict[str, int], name: str, total: int) -> None:
        grown = total - seen.get(name, 0)
        if grown > 0 or name not in seen:
            self._counters[meter].labels(self._actor(name)).inc(max(grown, 0))
            seen[name] = total

    # ----------------------------------------------------------------------------------------------- one meter
    def _safe(self, meter: str, values: tuple[str, ...]) -> tuple[str, ...]:
        sets = (self._known[label] for label in self._labels[meter])
        return tuple(value if value in known else OTHER for value, known in zip(values, sets, strict=True))

    def _set(self, meter: str, value: float, *labels: str) -> None:
        """Most facts repeat what the gauge shows already (a guard's yes, every second), and a look-up costs less."""
        safe = self._safe(meter, labels) if labels else labels
        if self._shown.get((meter, safe)) == value:
            return
        self._shown[meter, safe] = value
        gauge = self._gauges[meter]
        (gauge.labels(*safe) if safe else gauge).set(value)

    def _set_raw(self, meter: str, actor: str, value: float) -> None:
        self._gauges[meter].labels(actor).set(value)

    def _count(self, meter: str, *labels: str, amount: int = 1) -> None:
        counter = self._counters[meter]
        (counter.labels(*self._safe(meter, labels)) if labels else counter).inc(amount)

    def _time(self, meter: str, took_s: float, *labels: str) -> None:
        histogram = self._histograms[meter]
        (histogram.labels(*self._safe(meter, labels)) if labels else histogram).observe(took_s)


def _reason_of(no_trade: str) -> str:
    if "eligible instruments" in no_trade:
        return "empty_universe"
    return next((reason for start, reason in CYCLE_REASONS.items() if no_trade.startswith(start)), OTHER)


def _workers(node: Node) -> list[Node]:
    return [node] if node.kind == "worker" else [worker for child in node.children for worker in _workers(child)]
