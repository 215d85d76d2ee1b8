"""The strategy on nautilus_trader's low-level engine, in an environment of its own.

A market order sent from ``on_bar`` fills at that bar's close, which is the next open in this market.
"""

import json
import math
import sys
import time
from decimal import Decimal
from pathlib import Path

import pandas as pd
from benchmarks.peers.reading import report
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import Currency
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, PriceType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler, QuoteTickDataWrangler
from nautilus_trader.trading.strategy import Strategy

VENUE, USD, BTC = Venue("SIM"), Currency.from_str("USD"), Currency.from_str("BTC")
FEE = Decimal("0.006")
PRODUCT = CurrencyPair(
    instrument_id=InstrumentId(Symbol("BTC-USD"), VENUE),
    raw_symbol=Symbol("BTC-USD"),
    base_currency=BTC,
    quote_currency=USD,
    price_precision=2,
    size_precision=6,
    price_increment=Price(0.01, 2),
    size_increment=Quantity(1e-6, 6),
    lot_size=None,
    max_quantity=None,
    min_quantity=None,
    max_notional=None,
    min_notional=None,
    max_price=None,
    min_price=None,
    margin_init=Decimal(0),
    margin_maint=Decimal(0),
    maker_fee=FEE,
    taker_fee=FEE,
    ts_event=0,
    ts_init=0,
)
BARS = BarType.from_str(f"{PRODUCT.id}-1-MINUTE-LAST-EXTERNAL")


class Terms(StrategyConfig, frozen=True):
    """Which data, the periods of the averages, and how many there will be: on the last nothing is begun any more."""

    on_quotes: bool
    fast: int
    slow: int
    last: int


class Crossing(Strategy):
    """Long while the fast average is above the slow one."""

    def __init__(self, config):
        super().__init__(config)
        kind = PriceType.MID if config.on_quotes else PriceType.LAST
        self.fast = ExponentialMovingAverage(config.fast, kind)
        self.slow = ExponentialMovingAverage(config.slow, kind)
        self.seen = 0
        self.trades = 0

    def on_start(self):
        if self.config.on_quotes:
            for average in (self.fast, self.slow):
                self.register_indicator_for_quote_ticks(PRODUCT.id, average)
            self.subscribe_quote_ticks(PRODUCT.id)
        else:
            for average in (self.fast, self.slow):
                self.register_indicator_for_bars(BARS, average)
            self.subscribe_bars(BARS)

    def on_bar(self, bar):
        self.look(float(bar.close))

    def on_quote_tick(self, tick):
        self.look(float(tick.ask_price))

    def look(self, price):
        self.seen += 1
        if self.seen <= self.config.slow or self.seen == self.config.last:
            return
        if self.portfolio.is_flat(PRODUCT.id):
            if self.fast.value > self.slow.value:
                cash = float(self.portfolio.account(VENUE).balance_free(USD))
                size = math.floor(0.01 * cash / price * 1e6) / 1e6
                self.submit_order(self.order_factory.market(PRODUCT.id, OrderSide.BUY, Quantity(size, 6)))
        elif self.fast.value < self.slow.value:
            self.trades += 1
            held = float(self.portfolio.net_position(PRODUCT.id))
            self.submit_order(self.order_factory.market(PRODUCT.id, OrderSide.SELL, Quantity(held, 6)))


def main() -> None:
    on_quotes, path = sys.argv[1] == "quotes", Path(sys.argv[2])
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BENCH-001"), logging=LoggingConfig(bypass_logging=True), run_analysis=False
        )
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=None,
        starting_balances=[Money(1_000_000, USD)],
    )
    engine.add_instrument(PRODUCT)
    data = pd.read_csv(path)
    if on_quotes:
        data.index = pd.to_datetime(data.pop("timestamp"), unit="ns", utc=True)
        data.columns = ["bid_price", "ask_price", "bid_size", "ask_size"]
        engine.add_data(QuoteTickDataWrangler(PRODUCT).process(data), sort=False)
    else:
        data.index = pd.to_datetime(data.pop("timestamp") + 60, unit="s", utc=True)
        engine.add_data(BarDataWrangler(BARS, PRODUCT).process(data), sort=False)
    fast, slow = (2_000, 5_000) if on_quotes else (20, 50)
    strategy = Crossing(Terms(on_quotes=on_quotes, fast=fast, slow=slow, last=len(data)))
    engine.add_strategy(strategy)
    begun = time.process_time()
    engine.run()
    took = time.process_time() - begun
    account = engine.portfolio.account(VENUE)
    held = account.balance_total(BTC)
    last = data["bid_price"].iloc[-1] if on_quotes else data["close"].iloc[-1]
    worth = float(account.balance_total(USD)) + (float(held) * float(last) if held is not None else 0.0)
    print(json.dumps(report(len(data), took, strategy.trades, round(worth, 2))))


if __name__ == "__main__":
    main()
