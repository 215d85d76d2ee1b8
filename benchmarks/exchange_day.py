"""A day of the exchange: 24 virtual hours of the generated market, all products, one step a second each.

Run ``python benchmarks/exchange_day.py [hours]``. Nobody is connected; the second row has one client order resting in
every book and one placed every ten seconds, so that matching, holds and fills are part of the day.
"""

import sys
import time
from decimal import Decimal

from trader247.model.instant import SECOND, Instant, instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket

START = instant("2026-09-27T10:00:00Z")
FUNDS = {"USD": Decimal(1_000_000)}
ORDER_EVERY_S = 10


def day(hours: float, *, trading: bool) -> tuple[float, int, int]:
    """Seconds of CPU, steps of the market, fills of the client."""
    exchange = SimulatedExchange(GeneratedMarket(START), funds=FUNDS)
    who, names, steps, begun = exchange.portfolio_id, list(exchange.products), 0, time.process_time()
    for second in range(round(hours * 3600)):
        now = Instant(START + second * SECOND)
        while (due := exchange.next_step_at()) is not None and due <= now:
            exchange.advance(now, steps_max=1)
            steps += 1
        if trading and second % ORDER_EVERY_S == 0:
            name = names[second // ORDER_EVERY_S % len(names)]
            exchange.place(who, f"day-{second}", name, "BUY", {"market_market_ioc": {"quote_size": "10"}}, now=now)
    return time.process_time() - begun, steps, exchange.books().fill_count


def main() -> None:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    what = f"{hours:g} h of the exchange"
    print(f"{what:28} {'CPU s':>8} {'steps':>10} {'us a step':>10} {'fills':>7} {'x real time':>12}")
    for name, trading in (("nobody there", False), ("an order every 10 s", True)):
        took, steps, fills = day(hours, trading=trading)
        print(f"{name:28} {took:8.1f} {steps:10,} {1e6 * took / steps:10.1f} {fills:7,} {hours * 3600 / took:12,.0f}")


if __name__ == "__main__":
    main()
