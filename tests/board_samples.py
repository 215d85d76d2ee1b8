"""Facts as the daemon sends them, for the tests of everything that shows them."""

from decimal import Decimal
from typing import Any

from attrs import evolve

from trader247.core.status_board import BoardFact, StatusBoard
from trader247.core.why import WhyTerms
from trader247.messages.control import (
    AlertChanged,
    AlertState,
    DaemonStarted,
    Guard,
    HaltTripped,
    PanelLine,
    PermitRenewed,
    Severity,
)
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import Exposure, FillBooked, OrderChanged, OrderWithheld, PortfolioChanged
from trader247.messages.trading import (
    CycleFinished,
    Proposal,
    ProposalRefused,
    ProposalsMade,
    RiskReason,
    TradeProposal,
)
from trader247.model.ids import (
    AlertKey,
    ClientOrderId,
    CycleId,
    FillId,
    IntentId,
    ProposalId,
    StrategyName,
    VenueOrderId,
)
from trader247.model.instant import SECOND, Instant, Moment, Mono, instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Quote
from trader247.model.mode import Mode, OrderKind, TradingState
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import Fill, Liquidity, Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import EquityMarks, Position
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger, TriggerKind, TriggerReading

BTC = Symbol("BTC-USD")
ETH = Symbol("ETH-USD")
START = instant("2026-03-01T12:00:00Z")
RULES = StrategyName("baseline")


def at(second: float) -> Moment:
    """The moment ``second`` seconds into the story."""
    return Moment(Instant(START + round(second * SECOND)), Mono(round(second * SECOND)))


def started(mode: Mode = Mode.PAPER) -> DaemonStarted:
    return DaemonStarted(
        epoch="00c0ffee00",
        version="0.1.0",
        mode=mode,
        venue="embedded",
        account="acc-1",
        config_hash="0123456789abcdef",
    )


def panel(**no: str) -> tuple[PanelLine, ...]:
    """Every guard says yes, but those named, each with its reason."""
    return tuple(
        PanelLine(guard, yes=guard.value not in no, reason=no.get(guard.value, ""), age_s=0.2) for guard in Guard
    )


def permit(second: float = 0, state: TradingState = TradingState.ACTIVE, **no: str) -> PermitRenewed:
    until = Mono(round((second + 2) * SECOND))
    active = state is TradingState.ACTIVE and not no
    return PermitRenewed(
        serial=7,
        state=state,
        entry_until=until if active else None,
        exit_until=until,
        panel=panel(**no),
    )


def instrument(symbol: Symbol = BTC, status: ProductStatus = ProductStatus.ONLINE) -> Instrument:
    base, _, quote_currency = symbol.partition("-")
    return Instrument(
        symbol=symbol,
        base=base,
        quote=quote_currency,
        price_increment=Decimal("0.01"),
        base_increment=Decimal("0.00000001"),
        base_min_size=Quantity(Decimal("0.00001")),
        base_max_size=Quantity(Decimal(1000)),
        quote_min_size=Notional(Decimal(1)),
        status=status,
    )


def listed(*instruments: Instrument, missing: tuple[Symbol, ...] = ()) -> InstrumentsListed:
    return InstrumentsListed(instruments or (instrument(BTC), instrument(ETH)), missing)


def quote(symbol: Symbol = BTC, mid: str = "60000", second: float = 0) -> QuoteAccepted:
    middle = Decimal(mid)
    return QuoteAccepted(
        Quote(
            symbol=symbol,
            at=at(second).utc,
            bid=Price(middle - 5),
            ask=Price(middle + 5),
            bid_size=Quantity(Decimal(1)),
            ask_size=Quantity(Decimal(1)),
            last=Price(middle),
        )
    )


def intent(number: int = 1, symbol: Symbol = BTC, kind: OrderKind = OrderKind.ENTRY) -> OrderIntent:
    return OrderIntent(
        intent_id=IntentId(f"00c0ffee00-i{number}"),
        client_order_id=ClientOrderId(f"client-{number}"),
        proposal_id=ProposalId("00c0ffee00-c1-baseline-0"),
        strategy=RULES,
        symbol=symbol,
        kind=kind,
        side=Side.BUY if kind is OrderKind.ENTRY else Side.SELL,
        style=Style.POST_ONLY,
        quantity=Quantity(Decimal("0.0123")),
        limit_price=Price(Decimal("61234.5")),
        notional_max=Notional(Decimal("757.70")),
        reason="momentum: +2.3 % in 24 h",
        created_at=at(1).utc,
    )


def order(number: int = 1, status: OrderStatus = OrderStatus.OPEN, **changes: Any) -> Order:
    symbol = changes.pop("symbol", BTC)
    kind = changes.pop("kind", OrderKind.ENTRY)
    made = Order(
        intent(number, symbol, kind),
        status,
        changed_at=at(2).utc,
        venue_order_id=VenueOrderId(f"venue-{number}"),
    )
    return evolve(made, **changes)


def position(symbol: Symbol = BTC) -> Position:
    return Position(
        symbol=symbol,
        quantity=Quantity(Decimal("0.0123")),
        average_entry=Price(Decimal("61234.5")),
        entry_fees=Notional(Decimal("3.01")),
        opened_at=at(3).utc,
        strategy=RULES,
        stop_price=Price(Decimal("57560.43")),
        target_price=Price(Decimal("68582.64")),
        max_hold_s=48 * 3600,
    )


def fill(number: int = 1, side: Side = Side.BUY, realised: str = "0") -> FillBooked:
    kind = OrderKind.ENTRY if side is Side.BUY else OrderKind.EXIT
    done = order(number, OrderStatus.FILLED, kind=kind)
    return FillBooked(
        fill=Fill(
            fill_id=FillId(f"fill-{number}"),
            venue_order_id=VenueOrderId(f"venue-{number}"),
            symbol=BTC,
            side=side,
            price=Price(Decimal("61234.50")),
            quantity=Quantity(Decimal("0.0123")),
            fee=Notional(Decimal("3.01")),
            liquidity=Liquidity.MAKER,
            at=at(3).utc,
        ),
        order=done,
        position=position(),
        realised=Notional(Decimal(realised)),
        cash=Decimal("99243.80"),
    )


def portfolio(
    second: float = 0,
    nlv: str = "100000",
    positions: tuple[Position, ...] = (),
    working: tuple[Order, ...] = (),
) -> PortfolioChanged:
    return PortfolioChanged(
        at=at(second),
        cash=Decimal("99243.80"),
        nlv=Notional(Decimal(nlv)),
        positions=positions,
        exposures=tuple(Exposure(p.symbol, position=Notional(p.cost), working=Notional(Decimal(0))) for p in positions),
        working=working,
        in_doubt=0,
        approvals_seen=0,
        realised_today=Notional(Decimal("12.5")),
        unrealised=Notional(Decimal("-2.25")),
        entries_24h=(),
        stop_outs_24h=(),
        marks=EquityMarks(
            high_water=Notional(Decimal(100000)),
            day=START,
            day_open=Notional(Decimal(100000)),
            week=START,
            week_open=Notional(Decimal(100000)),
        ),
        totals=(),
        books_ready=True,
        books_loaded=True,
    )


def proposal(symbol: Symbol = BTC, cycle: int = 1) -> Proposal:
    body = TradeProposal(
        symbol=symbol,
        side=Side.BUY,
        notional_pct=Decimal("2.5"),
        stop_loss_pct=Decimal(6),
        take_profit_pct=Decimal(12),
        conviction=0.61,
        strategy=RULES,
        reason="momentum: +2.3 % in 24 h",
        max_hold_s=48 * 3600,
    )
    return Proposal(ProposalId(f"00c0ffee00-c{cycle}-baseline-0"), body)


def refused(symbol: Symbol = BTC, cycle: int = 1, rule: str = "asset_cap") -> ProposalRefused:
    reason = RiskReason(
        rule=rule,
        text="BTC-USD would be at 6.5 % of NLV, over its cap of 5 %",
        cap_type="per_asset",
        current_pct=Decimal(4),
        proposed_pct=Decimal("2.5"),
        limit_pct=Decimal(5),
    )
    return ProposalRefused(proposal(symbol, cycle), CycleId(f"00c0ffee00-c{cycle}"), reason)


def view(symbol: Symbol = BTC, *readings: TriggerReading) -> InstrumentView:
    return InstrumentView(
        symbol=symbol,
        tier=Tier.CORE,
        status=ProductStatus.ONLINE,
        bar_closed_at=START,
        quote=quote(symbol).quote,
        move_15m_pct=0.4,
        move_60m_pct=0.9,
        return_24h_pct=1.1,
        volume_ratio=1.3,
        volatility_pct=42.0,
        readings=readings
        or (
            TriggerReading(TriggerKind.PRICE_MOVE, value=0.4, threshold=1.2, unit="%", fired=False),
            TriggerReading(TriggerKind.MOMENTUM, value=1.9, threshold=2.0, unit="%", fired=False),
        ),
    )


def trigger(symbol: Symbol = BTC) -> Trigger:
    return Trigger(
        symbol=symbol,
        kind=TriggerKind.MOMENTUM,
        strength=0.5,
        confidence=0.8,
        change_pct=2.3,
        reason="+2.3 % in 24 h",
    )


def cycle(number: int = 1, **changes: Any) -> CycleFinished:
    made = CycleFinished(
        cycle=CycleId(f"00c0ffee00-c{number}"),
        number=number,
        jitter_s=1.5,
        took_s=0.004,
        regime=Regime.CHOP,
        answered=((RULES, 0.0021),),
        silent=(),
        proposals=0,
        instruments=(view(BTC), view(ETH)),
        triggers=(),
    )
    return evolve(made, **changes)


def alert(
    key: str = "staleness:BTC-USD",
    state: AlertState = AlertState.RAISED,
    text: str = "the quote of BTC-USD is 7.1 s old",
) -> AlertChanged:
    return AlertChanged(
        key=AlertKey(key),
        severity=Severity.WARNING,
        text=text,
        state=state,
        count=1,
        raised_at=at(4).utc,
        changed_at=at(4).utc,
    )


def answered(strategy: StrategyName = RULES, skipped: str = "", proposals: int = 0) -> ProposalsMade:
    wishes = tuple(proposal().body for _ in range(proposals))
    return ProposalsMade(CycleId("00c0ffee00-c1"), strategy, wishes, skipped=skipped)


def halted(reason: str = "kill file present", second: float = 0) -> HaltTripped:
    return HaltTripped(reason=reason, by="kill_switch", at=at(second))


def withheld(symbol: Symbol = BTC) -> OrderWithheld:
    return OrderWithheld(intent(9, symbol))


def board(*facts: BoardFact, second: float = 0) -> StatusBoard:
    """A board that took in these facts at this second."""
    made = StatusBoard(WhyTerms(quote_s_max=5, interval_s=60))
    for fact in facts:
        assert made.handle(fact, at(second)) == []
    return made


def healthy() -> tuple[BoardFact, ...]:
    """A daemon that trades, and an instrument that nothing stops but the market itself."""
    return (started(), listed(), permit(), quote(BTC), quote(ETH), portfolio(), cycle())


def everything() -> tuple[BoardFact, ...]:
    """One of almost every fact."""
    return (
        *healthy(),
        fill(1),
        order_changed(order(2)),
        withheld(ETH),
        refused(),
        answered(),
        portfolio(2, positions=(position(),), working=(order(2),)),
        alert(),
        alert("clock", AlertState.RESOLVED),
    )


def order_changed(changed: Order, event: str = "seen") -> BoardFact:
    return OrderChanged(changed, event)
