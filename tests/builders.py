"""Values for tests, each with a sensible default: say only what the test is about.

``moment(12.5)`` is twelve and a half seconds into the story on both clocks; amounts are given as text or integers and
become exact decimals.
"""

from decimal import Decimal

from trader247.messages.orders import Exposure, PortfolioChanged
from trader247.messages.trading import Proposal, RiskApproved, TradeProposal
from trader247.model.ids import (
    ClientOrderId,
    FillId,
    IntentId,
    ProposalId,
    StrategyName,
    VenueOrderId,
    client_order_id,
)
from trader247.model.instant import MINUTE, SECOND, Instant, Moment, Mono, instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.mode import OrderKind
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import Fill, Liquidity, Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import Balance, EquityMarks, Position

BTC = Symbol("BTC-USD")
ETH = Symbol("ETH-USD")
SOL = Symbol("SOL-USD")
RULES = StrategyName("rules")
START = instant("2026-03-02T12:00:00Z")
"""A Monday noon, so that neither the day nor the week ends within a story."""
_MONO = 1_000 * SECOND
"""The monotonic clock's zero means nothing, so it does not begin at zero here either."""

Amount = Decimal | str | int


def moment(second: float = 0) -> Moment:
    """The moment so many seconds into the story."""
    passed = round(second * SECOND)
    return Moment(Instant(START + passed), Mono(_MONO + passed))


def at(second: float = 0) -> Instant:
    """The instant so many seconds into the story."""
    return moment(second).utc


def price(value: Amount) -> Price:
    return Price(Decimal(value))


def quantity(value: Amount) -> Quantity:
    return Quantity(Decimal(value))


def depth(symbol: Symbol = BTC, each: Amount = 1_000_000, second: float = 0) -> Depth:
    """A book with so much on each side within 20 bps."""
    return Depth(symbol, at(second), usd(each), usd(each))


def usd(value: Amount) -> Notional:
    return Notional(Decimal(value))


def instrument(
    symbol: Symbol = BTC,
    *,
    price_increment: Amount = "0.01",
    base_increment: Amount = "0.00000001",
    base_min_size: Amount = "0.00001",
    base_max_size: Amount = 1_000,
    quote_min_size: Amount = 1,
    status: ProductStatus = ProductStatus.ONLINE,
) -> Instrument:
    base, _, currency = symbol.partition("-")
    return Instrument(
        symbol=symbol,
        base=base,
        quote=currency,
        price_increment=Decimal(price_increment),
        base_increment=Decimal(base_increment),
        base_min_size=quantity(base_min_size),
        base_max_size=quantity(base_max_size),
        quote_min_size=usd(quote_min_size),
        status=status,
    )


def quote(
    symbol: Symbol = BTC,
    bid: Amount = "99.99",
    ask: Amount | None = None,
    *,
    second: float = 0,
    bid_size: Amount = 10,
    ask_size: Amount = 10,
) -> Quote:
    """A quote; without an ask, two cents wide."""
    best_bid = price(bid)
    best_ask = Price(best_bid + Decimal("0.02")) if ask is None else price(ask)
    return Quote(
        symbol=symbol,
        at=at(second),
        bid=best_bid,
        ask=best_ask,
        bid_size=quantity(bid_size),
        ask_size=quantity(ask_size),
        last=best_bid,
    )


def candle(
    symbol: Symbol = BTC,
    close: float = 100.0,
    *,
    minute: int = 0,
    open: float | None = None,  # noqa: A002 - the candle's own word
    high: float | None = None,
    low: float | None = None,
    volume: float = 10.0,
    span_s: int = 60,
) -> Candle:
    """A bar that begins ``minute`` minutes into the story; what is not said is flat at the close."""
    first = close if open is None else open
    return Candle(
        symbol=symbol,
        start=Instant(START + minute * MINUTE),
        span_s=span_s,
        open=first,
        high=max(first, close) if high is None else high,
        low=min(first, close) if low is None else low,
        close=close,
        volume=volume,
    )


def intent(
    number: int = 1,
    *,
    symbol: Symbol = BTC,
    kind: OrderKind = OrderKind.ENTRY,
    side: Side | None = None,
    style: Style | None = None,
    size: Amount = 1,
    limit: Amount = 100,
    notional_max: Amount | None = None,
    created: float = 0,
    reason: str = "a test wants it",
    stop: Amount | None = None,
    target: Amount | None = None,
    max_hold_s: int | None = None,
    proposal: str | None = "00c0ffee00-c1-rules-0",
) -> OrderIntent:
    """An intent of run 00c0ffee00. An exit sells as a taker, an entry buys as a maker, unless said otherwise."""
    name = IntentId(f"00c0ffee00-i{number}")
    leaves = kind is OrderKind.EXIT
    wanted = (Side.SELL if leaves else Side.BUY) if side is None else side
    cost = Decimal(limit) * Decimal(size) * Decimal("1.006") if wanted is Side.BUY else Decimal(0)
    return OrderIntent(
        intent_id=name,
        client_order_id=client_order_id(name),
        proposal_id=None if proposal is None else ProposalId(proposal),
        strategy=RULES,
        symbol=symbol,
        kind=kind,
        side=wanted,
        style=(Style.TAKER_IOC if leaves else Style.POST_ONLY) if style is None else style,
        quantity=quantity(size),
        limit_price=price(limit),
        notional_max=usd(cost) if notional_max is None else usd(notional_max),
        reason=reason,
        created_at=at(created),
        stop_price=None if stop is None else price(stop),
        target_price=None if target is None else price(target),
        max_hold_s=max_hold_s,
    )


def order(
    status: OrderStatus = OrderStatus.OPEN,
    of: OrderIntent | None = None,
    *,
    venue: str | None = "v1",
    filled: Amount = 0,
    booked: Amount = 0,
    changed: float = 0,
) -> Order:
    """An order of the intent; one that was never sent or never answered has no venue id unless the test says so."""
    return Order(
        intent=intent() if of is None else of,
        status=status,
        changed_at=at(changed),
        venue_order_id=None if venue is None else VenueOrderId(venue),
        filled=quantity(filled),
        booked=quantity(booked),
        booked_notional=usd(Decimal(booked) * (intent() if of is None else of).limit_price),
    )


def fill(
    number: int | str = 1,
    *,
    venue: str = "v1",
    symbol: Symbol = BTC,
    side: Side = Side.BUY,
    at_price: Amount = 100,
    size: Amount = 1,
    fee: Amount = 0,
    second: float = 0,
    liquidity: Liquidity = Liquidity.MAKER,
) -> Fill:
    return Fill(
        fill_id=FillId(f"f{number}"),
        venue_order_id=VenueOrderId(venue),
        symbol=symbol,
        side=side,
        price=price(at_price),
        quantity=quantity(size),
        fee=usd(fee),
        liquidity=liquidity,
        at=at(second),
    )


def trade_proposal(
    symbol: Symbol = BTC,
    side: Side = Side.BUY,
    *,
    notional_pct: Amount = 2,
    stop_loss_pct: Amount = 5,
    take_profit_pct: Amount = 10,
    conviction: float = 0.8,
    strategy: StrategyName = RULES,
    reason: str = "a test wants it",
    max_hold_s: int = 86_400,
) -> TradeProposal:
    return TradeProposal(
        symbol=symbol,
        side=side,
        notional_pct=Decimal(notional_pct),
        stop_loss_pct=Decimal(stop_loss_pct),
        take_profit_pct=Decimal(take_profit_pct),
        conviction=conviction,
        strategy=strategy,
        reason=reason,
        max_hold_s=max_hold_s,
    )


def proposal(body: TradeProposal | None = None, *, index: int = 0, cycle: int = 1) -> Proposal:
    wish = trade_proposal() if body is None else body
    return Proposal(ProposalId(f"00c0ffee00-c{cycle}-{wish.strategy}-{index}"), wish)


def approval(
    serial: int = 1,
    body: TradeProposal | None = None,
    *,
    notional: Amount = 1_000,
    second: float = 0,
    good_for_s: float = 10,
) -> RiskApproved:
    """An approval given at that second of the story."""
    return RiskApproved(
        proposal=proposal(body, index=serial),
        notional=usd(notional),
        serial=serial,
        expires_at=moment(second + good_for_s),
    )


def position(
    symbol: Symbol = BTC,
    size: Amount = 1,
    entry: Amount = 100,
    *,
    fees: Amount = 0,
    opened: float = 0,
    stop: Amount | None = None,
    target: Amount | None = None,
    max_hold_s: int | None = None,
    strategy: StrategyName = RULES,
) -> Position:
    return Position(
        symbol=symbol,
        quantity=quantity(size),
        average_entry=price(entry),
        entry_fees=usd(fees),
        opened_at=at(opened),
        strategy=strategy,
        stop_price=None if stop is None else price(stop),
        target_price=None if target is None else price(target),
        max_hold_s=max_hold_s,
    )


def balance(currency: str = "USD", available: Amount = 10_000, held: Amount = 0) -> Balance:
    return Balance(currency, Decimal(available), Decimal(held))


def marks(high_water: Amount = 10_000, day_open: Amount | None = None, week_open: Amount | None = None) -> EquityMarks:
    """Marks of the story's day and week."""
    return EquityMarks(
        high_water=usd(high_water),
        day=instant("2026-03-02T00:00:00Z"),
        day_open=usd(high_water if day_open is None else day_open),
        week=instant("2026-03-02T00:00:00Z"),
        week_open=usd(high_water if week_open is None else week_open),
    )


def portfolio(
    *,
    second: float = 0,
    cash: Amount = 10_000,
    nlv: Amount = 10_000,
    positions: tuple[Position, ...] = (),
    exposures: tuple[Exposure, ...] = (),
    working: tuple[Order, ...] = (),
    in_doubt: int = 0,
    approvals_seen: int = 0,
    entries_24h: tuple[tuple[Symbol, Instant], ...] = (),
    stop_outs_24h: tuple[tuple[Symbol, Instant], ...] = (),
    equity: EquityMarks | None = None,
    totals: tuple[tuple[str, Decimal], ...] | None = None,
    ready: bool = True,
    loaded: bool = True,
) -> PortfolioChanged:
    """A confirmed portfolio of 10,000 USD and nothing else, unless said otherwise."""
    return PortfolioChanged(
        at=moment(second),
        cash=Decimal(cash),
        nlv=usd(nlv),
        positions=positions,
        exposures=exposures,
        working=working,
        in_doubt=in_doubt,
        approvals_seen=approvals_seen,
        realised_today=usd(0),
        unrealised=usd(0),
        entries_24h=entries_24h,
        stop_outs_24h=stop_outs_24h,
        marks=marks(nlv) if equity is None else equity,
        totals=(("USD", Decimal(cash)),) if totals is None else totals,
        books_ready=ready,
        books_loaded=loaded,
    )


def client_id(number: int = 1) -> ClientOrderId:
    """The client order id of ``intent(number)``."""
    return intent(number).client_order_id
