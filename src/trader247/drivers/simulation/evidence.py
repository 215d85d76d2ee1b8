"""What a history left, in the checker's words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve

from trader247.checker.evidence import (
    ALL,
    AlertSeen,
    Bar,
    BreachSeen,
    Evidence,
    FaultSeen,
    LifeSeen,
    Limits,
    PermitSeen,
    Product,
    Row,
    Sent,
    VenueFill,
    VenueOrder,
    read_books,
    read_rows,
)
from trader247.config.schema import Configuration
from trader247.drivers.simulation.history import FUNDS, RATES, START, Past
from trader247.drivers.simulation.witness import Told
from trader247.model.instant import Instant
from trader247.model.mode import Mode
from trader247.model.signals import Tier
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import ExchangeOrder

__all__ = ["evidence_of", "limits_of", "venue_fills", "venue_orders"]

_MINUTE_S: Final = 60.0


def evidence_of(past: Past, configuration: Configuration, mode: Mode) -> Evidence:
    """Everything, plain."""
    seen, exchange = past.scene.witness, past.scene.exchange
    owner = exchange.portfolio_id
    return Evidence(
        seed=past.seed,
        began=past.began,
        healed=past.healed if seen.struck else None,
        ended=past.ended,
        sent=[
            Sent(
                call.at,
                call.method,
                call.path,
                call.body,
                call.query,
                call.client,
                call.processed_at,
                call.answered_at,
                call.status,
                call.answer,
            )
            for call in seen.calls
        ],
        orders=venue_orders(exchange),
        fills=venue_fills(exchange),
        funds=dict(FUNDS),
        totals={name: held.available + held.hold for name, held in exchange.ledger.balances(owner).items()},
        marks=seen.marks,
        rows=_rows(past),
        books=read_books(past.folder),
        alerts=[_alert(past, told) for told in seen.alerts],
        permits=[
            PermitSeen(
                p.at, p.state, p.entry, p.exit, p.missing, p.halt_reason, None if p.until is None else START + p.until
            )
            for p in seen.permits
        ],
        breaches=[BreachSeen(b.at, b.until, b.kind, b.subject) for b in seen.breaches],
        lives=[LifeSeen(e.epoch, e.began, e.ready, e.ended, e.how) for e in seen.lives],
        faults=[FaultSeen(s.at, s.number, s.fault.layer.value, s.fault.kind, str(s.fault)) for s in seen.struck],
        limits=limits_of(configuration, exchange, mode),
        written=dict(seen.written),
        halted_at_end=past.halted_at_end,
        texts=seen.texts,
        canaries=_secrets(past),
        external=tuple(seen.external),
        bars=[Bar(name, most, bound) for name, (most, bound) in sorted(seen.fullest.items())],
    )


def venue_orders(exchange: SimulatedExchange) -> list[VenueOrder]:
    """The account's orders as the exchange has them, oldest first."""
    return [_order(each) for _, each in reversed(list(exchange.records.orders(exchange.portfolio_id)))]


def venue_fills(exchange: SimulatedExchange) -> list[VenueFill]:
    """The account's fills as the exchange booked them."""
    return [
        VenueFill(f.entry_id, f.order_id, f.product_id, f.side.value, f.size, f.price, f.commission, f.at)
        for f in exchange.records.fills(exchange.portfolio_id)
    ]


def _rows(past: Past) -> list[Row]:
    """The journal, each row with how wrong the host's clock was when it was told: no later than the row after it."""
    found: list[Row] = []
    by = past.ended
    for row in reversed(read_rows(past.folder)):
        found.append(evolve(row, ahead=past.scene.host.ahead_ns(Instant(row.at), by)))
        by = Instant(min(by, found[-1].told_at))
    return found[::-1]


def _alert(past: Past, told: Told) -> AlertSeen:
    alert = told.alert
    return AlertSeen(
        told.at,
        alert.key,
        str(alert.key).partition(":")[0],
        alert.severity.value,
        alert.state.value,
        alert.text,
        "log",
        alert.changed_at - past.scene.host.ahead_ns(alert.changed_at, told.at),
    )


def _order(order: ExchangeOrder) -> VenueOrder:
    terms = order.terms
    return VenueOrder(
        order.order_id,
        order.client_order_id,
        order.product_id,
        order.side.value,
        terms.kind.value,
        terms.base_size if terms.base_size is not None else order.filled_size,
        terms.limit_price,
        terms.stop_price,
        order.state.value,
        order.filled_size,
        order.created_at,
        order.updated_at if order.is_terminal else None,
    )


def limits_of(configuration: Configuration, exchange: SimulatedExchange, mode: Mode) -> Limits:
    """The configuration as plain numbers."""
    policy, universe = configuration.policy, configuration.universe
    tiers = {tier: universe.tiers.of(tier) for tier in Tier}
    allocations: Mapping[str, Decimal] = {tier.value: terms.allocation_pct for tier, terms in tiers.items()}
    return Limits(
        mode=mode.value,
        nlv=sum(FUNDS.values(), Decimal(0)),
        total_pct=policy.caps.total_pct,
        per_asset_pct=policy.caps.per_asset_pct,
        per_theme_pct=policy.caps.per_theme_pct,
        open_positions=policy.caps.open_positions,
        products={
            name: Product(
                Decimal(1).scaleb(-product.price_digits),
                Decimal(1).scaleb(-product.size_digits),
                product.base_min_size,
                product.base_max_size,
                product.quote_min_size,
                product.quote_max_size,
            )
            for name, product in exchange.products.items()
        },
        themes={name: [str(symbol) for symbol in universe.themes[name]] for name in sorted(universe.themes)},
        tiers={tier.value: [str(symbol) for symbol in terms.symbols] for tier, terms in tiers.items()},
        allocations=allocations,
        strategies={name: terms.max_at_risk_pct for name, terms in sorted(configuration.strategies.items())},
        proposals={name: terms.max_trades_per_cycle for name, terms in sorted(configuration.strategies.items())},
        fee_bps=policy.fees.taker_bps,
        staleness_s=policy.staleness.quote_s,
        cooldown_s=policy.cooldown_minutes * _MINUTE_S,
        cooldown_after_win_s=policy.cooldown_after_win_minutes * _MINUTE_S,
        cooldown_after_loss_s=policy.cooldown_after_loss_minutes * _MINUTE_S,
        cooldown_after_stop_s=policy.cooldown_after_stop_minutes * _MINUTE_S,
        dedupe_s=policy.alerts.dedupe_s,
        escalate_after_s=policy.alerts.escalate_after_s,
        lease_s=policy.permit.lease_s,
        # a bucket holds a second's worth, and as much comes in during the second
        rates={ALL: round(2 * (RATES.private_per_s + RATES.public_per_s))},
    )


def _secrets(past: Past) -> list[str]:
    """The lines of the key's PEM: found in a text, the key is out."""
    text = past.scene.venue.key_text
    return [line for line in text.split("\\n") if line and "-----" not in line and len(line) > 20]
